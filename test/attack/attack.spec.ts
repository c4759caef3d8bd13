import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/sources.js';
import { TranslatedBuild } from '../support/translated-build.js';

/** As much of a result as is looked at here. */
interface Result {
  readonly row: string;
  readonly impl: string;
  readonly checks: readonly { readonly what: string; readonly holds: boolean }[];
}

/** Runs the command as `npm run attack` does. */
async function attack(...words: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const command = join(ROOT, 'test/attack/attack.mjs');
  const child = spawn(process.execPath, [command, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, out, err };
}

describe('the attack bench', () => {
  let build: TranslatedBuild;

  beforeAll(() => {
    build = new TranslatedBuild('attack', ['src', 'libs']);
  }, 60_000);
  afterAll(() => build.remove());

  // By counts and memory: whoever runs the tests may have other things to do.
  it.each(['ws-api', 'nest'])(
    'finds nothing in %s with its quick rows',
    async (impl) => {
      const { out, err } = await attack(
        '--quick',
        '--impl',
        impl,
        '--build',
        build.folder,
        '--json',
        '-',
      );
      const { results } = JSON.parse(out || `{"results":[],"error":${JSON.stringify(err)}}`) as {
        results: Result[];
      };
      const failed = results.flatMap(({ row, checks }) =>
        checks.filter(({ holds }) => !holds).map((check) => ({ row, ...check })),
      );
      expect(failed).toEqual([]);
      expect(results.length).toBe(impl === 'nest' ? 5 : 4);
    },
    180_000,
  );

  it('finds what is wrong with a server that is easily brought down', async () => {
    const { code, out } = await attack(
      '--only',
      'A12',
      '--impl',
      'ws',
      '--build',
      build.folder,
      '--json',
      '-',
    );
    const [result] = (JSON.parse(out) as { results: Result[] }).results;
    expect(result?.checks).toContainEqual(
      expect.objectContaining({ what: 'RSS each', holds: false }),
    );
    // What is the matter with ws is not held against this repository.
    expect(code).toBe(0);
  }, 60_000);

  it('names what there is when asked for something else', async () => {
    const { code, err } = await attack('--only', 'A99', '--build', build.folder);
    expect(code).toBe(2);
    expect(err).toMatch(/there is no row "A99", allowed are A1, A2, .*A38/);
    const other = await attack('--impl', 'wss', '--build', build.folder);
    expect(other.err).toMatch(
      /there is no implementation "wss", allowed are ws-api, engine, nest, ws/,
    );
  }, 60_000);
});
