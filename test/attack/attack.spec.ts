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

  /** Checks that do not hold, by row; and how many rows there were. */
  async function judged(...words: string[]) {
    const { out, err } = await attack('--build', build.folder, '--json', '-', ...words);
    const { results } = JSON.parse(out || `{"results":[],"error":${JSON.stringify(err)}}`) as {
      results: Result[];
    };
    const failed = results.flatMap(({ row, checks }) =>
      checks.filter(({ holds }) => !holds).map((check) => ({ row, ...check })),
    );
    return { failed, rows: results.length };
  }

  // By counts and memory: whoever runs the tests may have other things to do.
  it.each([
    ['ws-api', 4],
    ['nest', 5],
  ])(
    'finds nothing in %s with its quick rows',
    async (impl, rows) => {
      expect(await judged('--quick', '--impl', impl)).toEqual({ failed: [], rows });
    },
    180_000,
  );

  it('finds nothing with the quick rows that only HTTP/2 has', async () => {
    const words = ['--http2', '--quick', '--impl', 'nest', '--only', 'A40,A45'];
    expect(await judged(...words)).toEqual({ failed: [], rows: 2 });
  }, 180_000);

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
    const older = await attack('--impl', 'ws', '--http2', '--build', build.folder);
    expect(older.err).toMatch(/ws does not speak HTTP\/2/);
  }, 60_000);
});
