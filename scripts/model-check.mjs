// Runs many seeds of the model check: npm run test:model -- 20000 [first]
import { spawnSync } from 'node:child_process';

const [seeds = process.env.SEEDS ?? '2000', first = process.env.FIRST_SEED ?? '1'] =
  process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '-i',
    'test/cluster/model/model.spec.ts',
    // The last one: it takes every word behind it for a pattern of its own.
    '--testPathIgnorePatterns=/node_modules/',
  ],
  { stdio: 'inherit', env: { ...process.env, SEEDS: seeds, FIRST_SEED: first } },
);
process.exitCode = status ?? 1;
