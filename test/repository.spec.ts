import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './support/sources.js';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('package', () => {
  it('puts types first in every entry point, where TypeScript looks for them', () => {
    const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> };
    const conditions = Object.values(exports).filter((entry) => typeof entry === 'object');
    expect(conditions.length).toBeGreaterThan(0);
    for (const entry of conditions) expect(Object.keys(entry as object)[0]).toBe('types');
  });

  it('records in the lockfile what to install, not from which registry', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });

  it('is published under the license it names', () => {
    expect((JSON.parse(read('package.json')) as { license: string }).license).toBe('MIT');
    expect(read('LICENSE')).toContain('MIT License');
  });
});

describe('README', () => {
  const commands = [...read('README.md').matchAll(/^npm ci && npm \S+/gm)].map(([line]) => line);

  it('starts with how to run it and how to test it', () => {
    expect(commands.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    const firstLines = read('README.md').split('\n').slice(0, 20).join('\n');
    expect(firstLines).toContain('npm ci && npm start');
    expect(firstLines).toContain('npm ci && npm test');
  });

  it('names the very command that continuous integration runs', () => {
    const lines = read('.ci/run').split('\n');
    expect(lines.filter((line) => line.includes('npm test'))).toEqual([commands[1]]);
  });

  it('starts with the very code of the first sample', () => {
    const [, code] = /^```ts\n([^]*?)^```$/m.exec(read('README.md')) ?? [];
    expect(code).toBe(read('sample/01-first-gateway/src/app.module.ts'));
  });

  it('links only to files that exist', () => {
    const links = [...read('README.md').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
    const missing = links
      .map(([, path]) => path ?? '')
      .filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });
});

describe('continuous integration', () => {
  it('is an executable script', () => {
    expect(statSync(join(ROOT, '.ci/run')).mode & 0o111).not.toBe(0);
  });

  it('lints, checks types, builds and checks the package before it tests, on every Node', () => {
    const steps = read('.ci/run').match(/^npm .*$/gm);
    expect(steps).toEqual([
      'npm ci',
      'npm run lint',
      'npm run typecheck',
      'npm run build',
      'npm run check:package',
      'npm ci && npm test',
      'npm run test:nodes',
    ]);
  });
});

describe('samples', () => {
  const samples = readdirSync(join(ROOT, 'sample'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
    .map((entry) => entry.name);

  it('are listed by the command that runs them, and what they share is not', () => {
    const { stderr } = spawnSync(process.execPath, ['scripts/sample.mjs'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stderr.match(/^ {2}\S+$/gm)?.map((line) => line.trim())).toEqual(samples);
  });

  it.each(samples)('%s can be run and says how', (name) => {
    expect(existsSync(join(ROOT, 'sample', name, 'src/main.ts'))).toBe(true);
    expect(read(`sample/${name}/README.md`)).toContain(`npm run sample ${name}`);
  });
});
