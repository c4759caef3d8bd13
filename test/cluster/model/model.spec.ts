import { describe, expect, it } from '@jest/globals';
import { runSeed } from './cluster-model.js';

const SEEDS = Number(process.env.SEEDS ?? 100);
const FIRST = Number(process.env.SEED ?? 1);

describe('several hubs over a broker that fails', () => {
  it.each(['at-most-once', 'at-least-once'] as const)(
    'keep what they promise, %s',
    async (delivery) => {
      const failed: string[] = [];
      const start = process.cpuUsage();
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        const violations = await runSeed(seed, delivery);
        if (violations.found.length > 0) failed.push(`seed ${seed}: ${String(violations)}`);
      }
      const { user, system } = process.cpuUsage(start);
      console.log(`${SEEDS} seeds ${(user + system) / 1e6} s`);
      expect(failed.slice(0, 10).join('\n') + ` ${failed.length}`).toEqual(' 0');
    },
    600_000,
  );
});
