import { describe, expect, it } from '@jest/globals';
import { runSeed } from './cluster-model.js';
import { DELIVERY_MUTATIONS } from './mutations/delivery-mutations.js';
import { LINK_MUTATIONS } from './mutations/link-mutations.js';
import { SERVICE_MUTATIONS } from './mutations/service-mutations.js';

/** Seeds that are tried at most. */
const SEEDS = 20;

describe('the model check', () => {
  it.each([...DELIVERY_MUTATIONS, ...LINK_MUTATIONS, ...SERVICE_MUTATIONS])(
    'finds it when $rule',
    async ({ finds, delivery, seed: first, apply }) => {
      const undo = apply();
      try {
        for (let seed = first; seed < first + SEEDS; seed++) {
          const { invariants } = (await runSeed(seed, delivery)).violations;
          if (invariants.has(finds)) return;
        }
      } finally {
        undo();
      }
      expect(`${finds}, with the seeds ${first} to ${first + SEEDS - 1}`).toBe('found');
    },
    60_000,
  );
});
