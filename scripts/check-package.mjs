// Whether what would be published is put together well: publint and attw on the packed tarball of a build.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Rules of attw that do not hold here, and why. */
const IGNORED = {
  'cjs-resolves-to-esm': 'the package is ESM only: every Node it runs on can require() ES modules',
};

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const folder = mkdtempSync(join(tmpdir(), 'nestwire-package-'));
try {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const report = execFileSync('npm', args, { cwd: root, encoding: 'utf8' });
  const [{ filename }] = JSON.parse(report);
  const tarball = join(folder, filename);
  check('publint', ['run', tarball, '--strict']);
  check('attw', [tarball, '--format', 'ascii', '--ignore-rules', ...Object.keys(IGNORED)]);
  for (const [rule, why] of Object.entries(IGNORED)) console.log(`attw ignores ${rule}: ${why}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function check(tool, args) {
  const { status } = spawnSync(join(bin, tool), args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
