// Runs for long what npm test has a few seconds of:
// npm run fuzz -- --minutes 30 --seed 7, --target frames for one target, --keep for files of inputs that ran something new
// npm run differential -- --minutes 10 --seed 7
// npm run leaks -- --connections 20000, of each kind
// npm run soak -- --minutes 30 --seed 7
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const RUNS = {
  fuzz: {
    specs: ['test/fuzz/fuzz.spec.ts'],
    options: { minutes: '5', seed: '1', target: undefined, keep: false },
    env: ({ minutes, seed, target, keep }) => ({
      FUZZ_SECONDS: minutes * 60,
      FUZZ_SEED: seed,
      FUZZ_TARGET: target,
      FUZZ_KEEP: keep ? 1 : undefined,
    }),
  },
  differential: {
    specs: ['test/differential'],
    options: { minutes: '5', seed: '1' },
    env: ({ minutes, seed }) => ({ DIFFERENTIAL_SECONDS: minutes * 60, DIFFERENTIAL_SEED: seed }),
  },
  leaks: {
    specs: ['test/leaks/leaks.spec.ts'],
    options: { connections: '20000' },
    env: ({ connections }) => ({ LEAK_CONNECTIONS: connections }),
  },
  soak: {
    specs: ['test/leaks/soak.spec.ts'],
    options: { minutes: '30', seed: '1' },
    env: ({ minutes, seed }) => ({ SOAK_MINUTES: minutes, SOAK_SEED: seed }),
  },
};

const [name, ...rest] = process.argv.slice(2);
const run = RUNS[name];
if (run === undefined) {
  fail(`Cannot run ${name ?? 'nothing'}: there are ${Object.keys(RUNS).join(', ')}`);
}
const { values } = parseArgs({
  args: rest,
  options: Object.fromEntries(
    Object.entries(run.options).map(([option, value]) => [
      option,
      value === undefined ? { type: 'string' } : { type: typeof value, default: value },
    ]),
  ),
});
for (const option of ['minutes', 'seed', 'connections']) {
  const value = values[option];
  if (value !== undefined && !(Number(value) > 0 && Number(value) < 1e9)) {
    fail(`Cannot run ${name} with ${option} ${String(value)}: allowed are numbers above 0`);
  }
}
const given = Object.entries(run.env(values)).filter(([, value]) => value !== undefined);
const { status } = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '-i', ...run.specs],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...Object.fromEntries(given.map(([key, value]) => [key, String(value)])),
    },
  },
);
process.exitCode = status ?? 1;

function fail(message) {
  console.error(message);
  process.exit(1);
}
