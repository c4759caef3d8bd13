import { describe, expect, it } from '@jest/globals';
import { runSeed } from './cluster-model.js';
import { MUTATIONS } from './mutations.js';

const SEEDS = 200;

describe('the model check', () => {
  it.each(MUTATIONS)(
    'finds it when $rule',
    async ({ finds, delivery, apply }) => {
      const undo = apply();
      try {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const { invariants } = await runSeed(seed, delivery);
          if (invariants.has(finds)) return console.log(seed);
        }
      } finally {
        undo();
      }
      expect(`${finds} within ${SEEDS} seeds`).toBe('found');
    },
    120_000,
  );
});
