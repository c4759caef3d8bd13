import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { ROOT } from '../../support/sources.js';

/**
 * The engine's sources as JavaScript, for a process of its own, which has no test runner to translate
 * them: so the limits are measured on what is in the sources, not on an older build.
 * @returns the URL of its index
 */
export function transpileEngine(): string {
  const from = join(ROOT, 'libs/engine/src');
  const to = mkdtempSync(join(tmpdir(), 'nestwire-engine-'));
  writeFileSync(join(to, 'package.json'), '{"type":"module"}');
  for (const path of sourcesIn(from)) {
    const { code } = transformSync(readFileSync(path, 'utf8'), {
      filename: path,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    const target = join(to, relative(from, path).replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return pathToFileURL(join(to, 'index.js')).href;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .filter((name) => !name.includes('testing-fixtures'))
    .map((name) => join(folder, name));
}
