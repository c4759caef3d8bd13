// Runs many seeds of the model check, or one of them once more:
// npm run test:model -- --seeds 20000 --first 1, and --delivery at-least-once --seed 91
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const DELIVERIES = ['at-most-once', 'at-least-once'];

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: process.env.SEEDS ?? '2000' },
    first: { type: 'string', default: process.env.FIRST_SEED ?? '1' },
    delivery: { type: 'string' },
  },
});
const { seed, seeds, first, delivery } = values;
for (const [name, value] of Object.entries({ seed, seeds, first })) {
  if (value !== undefined && !/^[1-9][0-9]{0,8}$/.test(value)) {
    fail(`Cannot run ${name} ${value}: it is a whole number from 1`);
  }
}
if (delivery !== undefined && !DELIVERIES.includes(delivery)) {
  fail(`Cannot run delivery ${delivery}: there are ${DELIVERIES.join(' and ')}`);
}
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '--runInBand',
    ...(delivery === undefined ? DELIVERIES : [delivery]).map(
      (one) => `test/cluster/model/${one}.spec.ts`,
    ),
    ...(seed === undefined ? [] : ['--testNamePattern', 'keep what they promise']),
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, SEEDS: seed === undefined ? seeds : '1', FIRST_SEED: seed ?? first },
  },
);
process.exitCode = status ?? 1;

function fail(message) {
  console.error(message);
  process.exit(1);
}
