// Fuzzes what reads bytes from outside: npm run fuzz -- --minutes 30 --seed 7, --target frames for one target,
// --keep for files of the inputs that ran something new
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const { minutes, seed, target, keep } = values;
for (const [name, value] of Object.entries({ minutes, seed })) {
  if (!(Number(value) > 0 && Number(value) < 1e9)) {
    console.error(`Cannot fuzz with ${name} ${value}: allowed are numbers above 0`);
    process.exit(1);
  }
}
const { status } = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '-i', 'test/fuzz/fuzz.spec.ts'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      FUZZ_SECONDS: String(Number(minutes) * 60),
      FUZZ_SEED: seed,
      ...(keep ? { FUZZ_KEEP: '1' } : {}),
      ...(target === undefined ? {} : { FUZZ_TARGET: target }),
    },
  },
);
process.exitCode = status ?? 1;
