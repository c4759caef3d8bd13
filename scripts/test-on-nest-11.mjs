// Runs the tests of the integration on Nest 11, the older of the two that are supported. The packages of Nest 11 are
// installed into a folder of their own; what they need beside themselves is the one of this repository.
//
//   npm run test:nest11                 everything that knows Nest
//   npm run test:nest11 -- test/e2e     only the tests of a path
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import base from '../jest.config.mjs';

/** Where Nest is known: in the other tests there is nothing of it. */
const TESTS = ['src', 'test/e2e', 'test/realtime', 'test/adapter', 'test/testing', 'test/health'];
const NEST =
  'common core platform-express platform-fastify terminus testing websockets platform-ws jwt passport'
    .split(' ')
    .map((name) => `@nestjs/${name}@11`);
/** What Nest itself does otherwise: the names of tests that hold for Nest 12 only. */
const DIFFERENT = {
  'connects the gateways of a path in another order': [
    'is handed every message for each gateway, and may go on in its base class',
    'is an error beside one that differs in names only',
  ],
  'tells a client of `ws` nothing of an exception: its filter emits an event on the socket': [
    'says the same to its clients and is told the same of them',
    'tests standard gateways, too',
  ],
  'resolves the parameters of a method at the same time, where ours come one after another': [
    'parameters get what they get in Nest.s pipeline',
  ],
};
// Has no version for each Nest; it has to stand beside the Nest it takes its decorators from.
const PACKAGES = [...NEST, '@nestjs/throttler@6'];

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'node_modules/.cache/nest-11');
const modules = join(folder, 'node_modules');

install();
for (const [what, names] of Object.entries(DIFFERENT)) {
  console.log(`\nNest 11 ${what}, so these are left out:`);
  for (const name of names) console.log(`  ${name}`);
}
const paths = process.argv.slice(2);
const tests = paths.length > 0 ? paths : TESTS;
console.log(`\nNest ${versionOf('core')}: ${tests.join(' ')}`);
process.exitCode = test(tests) ? 0 : 1;

/** Once for each list of packages. */
function install() {
  const wanted = JSON.stringify({ private: true, description: PACKAGES.join(' ') });
  const manifest = join(folder, 'package.json');
  const isThere = existsSync(modules) && readFileSync(manifest, 'utf8') === wanted;
  if (isThere) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, wanted);
  // Without their peers: rxjs, reflect-metadata and the validators have to be the same for Nest and for the tests.
  const args = ['install', '--no-audit', '--no-fund', '--no-save', '--prefer-offline'];
  const { status } = spawnSync('npm', [...args, '--legacy-peer-deps', ...PACKAGES], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) fail(`npm could not install ${PACKAGES.join(' ')}`);
}

function test(chosen) {
  const config = {
    ...base,
    rootDir: root,
    moduleNameMapper: {
      ...base.moduleNameMapper,
      // Each by its name: what is not installed there must not be found in the Nest of this repository.
      ...Object.fromEntries(
        readdirSync(join(modules, '@nestjs')).map((name) => [
          `^@nestjs/${name}(/.*)?$`,
          join(modules, '@nestjs', `${name}$1`),
        ]),
      ),
    },
  };
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const args = ['--no-warnings', '--experimental-vm-modules', jest, '--silent'];
  const patterns = chosen.map((path) => `^${root.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}${path}`);
  const others = `^(?!.*(${Object.values(DIFFERENT).flat().join('|')}))`;
  const options = ['--config', JSON.stringify(config), '--testNamePattern', others];
  const command = [...args, ...options, ...patterns];
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status === 0;
}

function versionOf(name) {
  const { version } = JSON.parse(
    readFileSync(join(modules, '@nestjs', name, 'package.json'), 'utf8'),
  );
  if (!version.startsWith('11.'))
    fail(`version 11 of ${name} is expected, current value is ${version}`);
  return version;
}

function fail(why) {
  console.error(`Cannot test on Nest 11: ${why}`);
  process.exit(1);
}
