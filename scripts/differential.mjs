// Runs random programs on this package and on ws at once: npm run differential -- --minutes 10 --seed 7
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});
const { minutes, seed } = values;
for (const [name, value] of Object.entries({ minutes, seed })) {
  if (!(Number(value) > 0 && Number(value) < 1e9)) {
    console.error(`Cannot compare with ${name} ${value}: allowed are numbers above 0`);
    process.exit(1);
  }
}
const { status } = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '-i', 'test/differential'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      DIFFERENTIAL_SECONDS: String(Number(minutes) * 60),
      DIFFERENTIAL_SEED: seed,
    },
  },
);
process.exitCode = status ?? 1;
