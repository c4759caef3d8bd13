import { describe, expect, it } from '@jest/globals';
import { runSeed, type Delivery } from './cluster-model.js';
import { KEPT_SEEDS } from './kept-seeds.js';

/** More of them by hand: `npm run test:model -- 20000`. */
const SEEDS = Number(process.env['SEEDS'] ?? 200);
const FIRST = Number(process.env['FIRST_SEED'] ?? 1);
/** Milliseconds of one seed on a slow machine. */
const SEED_LIMIT = 1_000;

/** @returns what is wrong */
async function check(seed: number, delivery: Delivery): Promise<string[]> {
  const { found } = await runSeed(seed, delivery);
  const failed = found.map(
    ({ invariant, detail }) => `${delivery} ${seed} ${invariant}: ${detail}`,
  );
  // A run of many is watched by a person.
  if (failed.length > 0 && SEEDS > 200) process.stderr.write(`${failed.join('\n')}\n`);
  return failed;
}

// A rejection nobody handles fails the test as well: jest listens for it.
describe('several hubs over a broker that fails', () => {
  it(
    `keep what they promise, ${SEEDS} seeds`,
    async () => {
      const failed: string[] = [];
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        failed.push(...(await check(seed, seed % 2 === 0 ? 'at-most-once' : 'at-least-once')));
      }
      expect(failed).toEqual([]);
    },
    SEEDS * SEED_LIMIT,
  );

  it('keep it where they once did not', async () => {
    const failed: string[] = [];
    for (const [seed, delivery] of KEPT_SEEDS) failed.push(...(await check(seed, delivery)));
    expect(failed).toEqual([]);
  }, 60_000);
});
