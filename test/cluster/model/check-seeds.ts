import { describe, expect, it } from '@jest/globals';
import { runSeed, type Delivery } from './cluster-model.js';
import { KEPT_SEEDS } from './kept-seeds.js';

/** More of them by hand: `npm run test:model`. */
const SEEDS = Number(process.env['SEEDS'] ?? 200);
const FIRST = Number(process.env['FIRST_SEED'] ?? 1);
/** Milliseconds of one seed on a machine that has much else to do. */
const SEED_LIMIT = 3_000;
/** Failures after which nobody needs more. */
const ENOUGH = 20;

/** What must be true of many hubs with one kind of delivery, whatever happens to the broker. */
export function describeSeeds(delivery: Delivery): void {
  // A rejection nobody handles fails the test as well: jest listens for it.
  describe(`several hubs over a broker that fails, ${delivery}`, () => {
    it(
      `keep what they promise, seeds ${FIRST} to ${FIRST + SEEDS - 1}`,
      () => check(delivery, range(FIRST, SEEDS)),
      Math.max(60_000, SEEDS * SEED_LIMIT),
    );

    it('are the same each time a seed is run', async () => {
      const { fingerprint } = await runSeed(FIRST, delivery);
      expect((await runSeed(FIRST, delivery)).fingerprint).toBe(fingerprint);
      expect((await runSeed(FIRST + 1, delivery)).fingerprint).not.toBe(fingerprint);
    });

    it('keep it where they once did not', () => check(delivery, KEPT_SEEDS[delivery]), 60_000);
  });
}

async function check(delivery: Delivery, seeds: Iterable<number>): Promise<void> {
  const failed: string[] = [];
  for (const seed of seeds) {
    if (SEEDS > 200 && seed % 500 === 0) process.stderr.write(`${delivery}, seed ${seed}\n`);
    const { found } = (await runSeed(seed, delivery)).violations;
    if (found.length === 0) continue;
    const what = found.map(({ invariant, detail }) => `  ${invariant}: ${detail}`);
    const replay = `npm run test:model -- --delivery ${delivery} --seed ${seed}`;
    failed.push([`${replay}   # fails:`, ...what].join('\n'));
    // A run of many is watched by a person.
    if (SEEDS > 200) process.stderr.write(`${failed.at(-1)}\n`);
    if (failed.length === ENOUGH) break;
  }
  expect(failed.join('\n')).toBe('');
}

function* range(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed++) yield seed;
}
