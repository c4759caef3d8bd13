// Programs that use WebSockets through other packages, each with the real `ws` below them and then with the
// package in its place: `npm run test:others`, `-- engine.io mqtt` for some. Fetches npm packages alone.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const programs = fileURLToPath(new URL('programs', import.meta.url));
const wanted = process.argv.slice(2);
const names = readdirSync(programs)
  .map((file) => file.replace(/\.mjs$/, ''))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
if (names.length === 0 || wanted.some((name) => !names.includes(name))) {
  const all = readdirSync(programs).map((file) => file.replace(/\.mjs$/, ''));
  console.error(`Cannot run ${wanted.join(', ')}: allowed are ${all.join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'nestwire-others-'));
const PROGRAM_TIMEOUT = 60_000;
let failed = false;
try {
  const [alias] = execFileSync(process.execPath, [join(root, 'scripts/pack-aliases.mjs'), folder], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  const rows = names.map((name) => {
    const row = { program: name };
    for (const [below, ws] of [
      ['ws', '^8.18.0'],
      ['nestwire', `file:${alias}`],
    ]) {
      const result = runProgram(name, below, ws);
      row[below] = result.passed ? `${result.checks} pass` : 'FAILS';
      if (!result.passed) console.error(`\n${name} on ${below}:\n${result.output}`);
    }
    failed ||= row.nestwire !== row.ws || row.ws === 'FAILS';
    return row;
  });
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

/** Installs what a program says it needs, with `ws` overridden everywhere, and runs it. */
function runProgram(name, below, ws) {
  const place = join(folder, `${name}-${below}`);
  const file = join(programs, `${name}.mjs`);
  // The first line: `// needs: a@1 b@^2`.
  const needs = /^\/\/ needs: (.*)$/m.exec(readFileSync(file, 'utf8'))[1].split(' ');
  const dependencies = Object.fromEntries(
    needs.map((need) => [
      need.slice(0, need.lastIndexOf('@')),
      need.slice(need.lastIndexOf('@') + 1),
    ]),
  );
  mkdirSync(place);
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { ...dependencies, ws },
    overrides: { ws: '$ws' },
  };
  writeFileSync(join(place, 'package.json'), JSON.stringify(manifest));
  const install = ['install', '--no-audit', '--no-fund', '--silent', '--prefer-offline'];
  const installed = spawnSync('npm', install, { cwd: place, encoding: 'utf8' });
  if (installed.status !== 0) return { passed: false, output: installed.stdout + installed.stderr };
  copyFileSync(file, join(place, 'program.mjs'));
  copyFileSync(fileURLToPath(new URL('checks.mjs', import.meta.url)), join(place, 'checks.mjs'));
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', 'program.mjs'],
    {
      cwd: place,
      encoding: 'utf8',
      timeout: PROGRAM_TIMEOUT,
      env: { ...process.env, WS_IS: below === 'ws' ? 'ws' : 'nestwire-ws' },
    },
  );
  const checks = stdout.match(/^ok /gm)?.length ?? 0;
  const ended = signal === null ? `exit code ${status}` : `${signal} after ${PROGRAM_TIMEOUT} ms`;
  return { passed: status === 0 && checks > 0, checks, output: `${stdout}${stderr}${ended}` };
}
