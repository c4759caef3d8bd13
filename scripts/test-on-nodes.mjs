// Runs the tests on the other versions of Node that people run, each got from npm as a package.
//
//   npm run test:nodes                 all of them
//   npm run test:nodes -- 26           those whose version begins so
//   npm run test:nodes -- 26 libs/hub  only the tests of a path, instead of what stands below
//   npm run test:nodes -- bun          an echo through the built engine on Bun; no more is promised there
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNode, installProgram, NODES } from './installed-node.mjs';

/** Units, conformance and the client: where private parts of Node are used, and what is promised over the wire. */
const FAST = ['libs', 'test/conformance', 'test/client'];
/** The rest that needs no browser, no build and no benchmark, and takes minutes: on the newest only. */
const WHOLE = ['e2e', 'realtime', 'limits', 'adapter', 'testing', 'websocket-node'].map(
  (folder) => `test/${folder}`,
);
/** What runs on each; `npm test` runs on Node 20. */
const VERSIONS = Object.fromEntries(NODES.map((version) => [version, FAST]));
VERSIONS[NODES.at(-1)] = [...FAST, 'src', ...WHOLE];

const BUN = '1.4.5';
const BUN_PACKAGE = '@oven/bun-linux-x64';

const root = fileURLToPath(new URL('..', import.meta.url));

const [prefix = '', ...paths] = process.argv.slice(2);
const chosen = Object.keys(VERSIONS).filter((version) => version.startsWith(prefix));
const onBun =
  prefix === 'bun' || (prefix === '' && `${process.platform} ${process.arch}` === 'linux x64');
if (chosen.length === 0 && !onBun) {
  fail(`one of ${Object.keys(VERSIONS).join(', ')}, bun is expected, current value is ${prefix}`);
}
if (onBun && !echoes()) {
  console.error(`The echo fails on Bun ${BUN}`);
  process.exitCode = 1;
}
const failed = chosen.filter(
  (version) =>
    !passes(
      version,
      orFail(() => installNode(version)),
    ),
);
if (failed.length > 0) {
  console.error(`Tests fail on Node ${failed.join(', ')}`);
  process.exitCode = 1;
}

function passes(version, node) {
  const tests = paths.length > 0 ? paths : VERSIONS[version];
  console.log(`\nNode ${version}: ${tests.join(' ')}`);
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const args = ['--no-warnings', '--experimental-vm-modules', jest, '--silent'];
  // Paths of the repository: `libs` alone would also mean a folder of that name in a path above it.
  const patterns = tests.map((path) => `^${root.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}${path}`);
  return spawnSync(node, [...args, ...patterns], { cwd: root, stdio: 'inherit' }).status === 0;
}

/** Whether a client and a server of the built engine echo on Bun; builds where nothing was built. */
function echoes() {
  if (!existsSync(join(root, 'dist/libs/engine/src/index.js'))) {
    const { status } = spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit' });
    if (status !== 0) fail('the engine does not build');
  }
  const bun = orFail(() => installProgram(BUN_PACKAGE, BUN, 'bin/bun'));
  const script = join(root, 'scripts/echo-on-bun.mjs');
  return spawnSync(bun, [script], { cwd: root, stdio: 'inherit', timeout: 60_000 }).status === 0;
}

/** @returns what it gives, if it does not throw */
function orFail(install) {
  try {
    return install();
  } catch (error) {
    return fail(error.message);
  }
}

function fail(why) {
  console.error(`Cannot test on other versions of Node: ${why}`);
  process.exit(1);
}
