import { describe, expect, it } from '@jest/globals';
import { Model } from './support/model.js';
import type { Answers } from './support/scripted-stores.js';

const ANSWERS: readonly Answers[] = ['at once', 'later', 'in any order'];
/** Some that have found something, and some more. */
const SEEDS = [1, 2, 3, 5, 9, 10, 11, 12, 14, 95, 136, 416, 672];
const STEPS = 400;

async function run(seed: number, answers: Answers): Promise<number> {
  const model = new Model(seed, answers);
  try {
    while (model.steps < STEPS) {
      await model.step();
      if (model.steps % 50 === 0) await model.rest();
    }
    // Half of the runs end in the middle of things.
    for (let more = 0; more < (seed % 2) * 20; more++) await model.step();
    await model.end(seed % 3 > 0);
  } catch (error) {
    throw new Error(`Seed ${seed}, ${String(error)}`, { cause: error });
  }
  return model.steps;
}

describe('a hub to which things happen in any order', () => {
  it.each(ANSWERS)('is what its model says, with stores that answer %s', async (answers) => {
    for (const seed of SEEDS) expect(await run(seed, answers)).toBeGreaterThanOrEqual(STEPS);
  });
});
