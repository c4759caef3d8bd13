import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { release } from '../../scripts/release/changelog.mjs';
import { bumpOf, comesAfter, nextVersion } from '../../scripts/release/version.mjs';
import { ROOT } from '../support/sources.js';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the next version', () => {
  it.each([
    [['docs: a word', 'test(hub): one more'], null],
    [['fix(engine): a fault', 'docs: a word'], 'patch'],
    [['perf: faster'], 'patch'],
    [['fix: a fault', 'feat(nest): something new', 'fix: another'], 'minor'],
    [['feat(nest)!: something else'], 'major'],
    [['refactor: names\n\nBREAKING CHANGE: one is gone'], 'major'],
    [['feature: no such type', 'fixed things', 'a fix: not at the start'], null],
  ] as const)('after %j is a %s one', (commits, bump) => {
    expect(bumpOf(commits)).toBe(bump);
  });

  it.each([
    ['1.2.3', 'patch', '1.2.4'],
    ['1.2.3', 'minor', '1.3.0'],
    ['1.2.3', 'major', '2.0.0'],
    // Before 1.0 a minor version may break.
    ['0.4.9', 'major', '0.5.0'],
    ['0.4.9', 'patch', '0.4.10'],
  ] as const)('of %s by a %s one is %s', (current, bump, next) => {
    expect(nextVersion(current, bump)).toBe(next);
    expect(comesAfter(next, current)).toBe(true);
    expect(comesAfter(current, next)).toBe(false);
  });

  it('is none of what is no version', () => {
    expect(() => nextVersion('1.2', 'patch')).toThrow(
      'Cannot raise the version: three numbers are expected, current value is 1.2',
    );
    expect([comesAfter('latest', '1.0.0'), comesAfter('1.0.0', '1.0.0')]).toEqual([false, false]);
  });
});

describe('the changelog of a release', () => {
  const before =
    '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- one\n\n## [0.1.0] - 2026-01-01\n\n- zero\n';

  it('has what was unreleased under the version and its day, and room for the next', () => {
    const { text, notes } = release(before, '0.2.0', '2026-02-03');
    expect(notes).toBe('### Added\n\n- one');
    expect(text).toBe(
      '# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n### Added\n\n- one\n\n## [0.1.0] - 2026-01-01\n\n- zero\n',
    );
  });

  it('is refused without anything to tell, twice, and without its heading', () => {
    expect(() => release(before, '0.1.0', '2026-02-03')).toThrow('has 0.1.0 already');
    const { text } = release(before, '0.2.0', '2026-02-03');
    expect(() => release(text, '0.3.0', '2026-02-03')).toThrow('nothing stands under');
    expect(() => release('# Changelog\n', '0.3.0', '2026-02-03')).toThrow('no heading');
  });

  it('can be made of the one that is there', () => {
    expect(release(read('CHANGELOG.md'), '999.0.0', '2026-02-03').notes).toContain('### Added');
  });
});

describe('workflows', () => {
  const folder = '.github/workflows';
  const workflows = readdirSync(join(ROOT, folder)).map((name) => [
    name,
    read(`${folder}/${name}`),
  ]);
  const { scripts, engines } = JSON.parse(read('package.json')) as {
    scripts: Record<string, string>;
    engines: { node: string };
  };

  it.each(workflows)('%s runs scripts that there are', (_name, text) => {
    const named = [...text.matchAll(/npm run (\S+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.each(workflows)(
    '%s may write nothing, and pins what others wrote to a version',
    (_name, text) => {
      expect(text).toContain('permissions:\n  contents: read\n');
      expect(
        [...text.matchAll(/uses: (\S+)/g)].filter(([, used]) => !/@v\d+$/.test(used!)),
      ).toEqual([]);
    },
  );

  it('test every Node from the oldest that is supported on', () => {
    const [, oldest] = /(\d+)/.exec(engines.node)!;
    expect(read(`${folder}/test.yml`)).toContain(`node: [${oldest}, 22, 24, 26]`);
  });
});
