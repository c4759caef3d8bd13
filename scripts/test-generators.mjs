// Tries the generators in a fresh application of each Nest CLI: adds nestwire, makes files, builds and tests.
//
//   npm run test:generators          with Nest CLI 11 and 12
//   npm run test:generators -- 12    with one of them
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [wanted] = process.argv.slice(2);
const versions = ['11', '12'].filter((version) => wanted === undefined || version === wanted);
if (versions.length === 0) {
  console.error(`Cannot test generators: 11 or 12 is expected, current value is ${wanted}`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'nestwire-generators-'));
try {
  run('npm', ['run', 'build'], root);
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    { cwd: root, encoding: 'utf8' },
  );
  const [{ filename }] = JSON.parse(packed);
  for (const version of versions) tryWith(version, join(folder, filename));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tryWith(version, tarball) {
  const name = `app-${version}`;
  const app = join(folder, name);
  const cli = ['--yes', '--prefer-offline', `@nestjs/cli@${version}`];
  run(
    'npx',
    [...cli, 'new', name, '--skip-git', '--skip-install', '--package-manager', 'npm', '--strict'],
    folder,
  );
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], app);
  const nest = (...args) => run('npx', ['nest', ...args], app);
  // The registry has no such package yet: what `nest add` installs is there already.
  nest('add', 'nestwire', '--skip-install', '--gateway=chat');
  nest('g', '-c', 'nestwire', 'gateway', 'admin/live-feed');
  nest('g', '-c', 'nestwire', 'contract', 'board');
  nest('build');
  useTestConfiguration(app);
  run('npm', ['test'], app);
  console.log(`Nest CLI ${version}: what was generated builds, and its tests pass`);
}

/** Jest of a CommonJS application has to be told of ES modules, as docs/testing.md says. */
function useTestConfiguration(app) {
  const path = join(app, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  if (manifest.type === 'module' || manifest.jest === undefined) return;
  const docs = readFileSync(join(root, 'docs/testing.md'), 'utf8');
  const [, block] = /```json\n([^]*?)```/.exec(docs);
  manifest.jest = { ...manifest.jest, ...JSON.parse(block).jest, ...JSON.parse(block) };
  delete manifest.jest.jest;
  writeFileSync(path, JSON.stringify(manifest, null, 2));
}

function run(program, args, cwd) {
  console.log(`$ ${program} ${args.join(' ')}`);
  const { status } = spawnSync(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.error(`Cannot test generators: ${program} ${args[0]} ended with ${status}`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}
