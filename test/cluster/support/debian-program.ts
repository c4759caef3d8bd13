import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where Debian keeps servers, which is not on every PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

const found = new Map<string, string>();

/**
 * A program on PATH, else from Debian's package of the same name when root on Debian.
 * @throws {Error} a sentence that says what to install
 */
export function findProgram(name: string): string {
  const known = found.get(name) ?? search(name) ?? install(name);
  found.set(name, known);
  return known;
}

function search(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [...folders, ...MORE_FOLDERS].map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function install(name: string): string {
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    process.stderr.write(`${name}: none on PATH, installing the Debian package\n`);
    // The tests of two workers may both need it. The package starts a server that nobody here needs.
    const script = `command -v ${name} >&2 || { apt-get update; RUNLEVEL=1 apt-get install -y --no-install-recommends ${name}; }`;
    spawnSync(
      'flock',
      [join(tmpdir(), 'nestwire-apt.lock'), 'sh', '-c', `{ ${script}; } > /dev/null`],
      {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const installed = search(name);
    if (installed !== undefined) return installed;
  }
  throw new Error(
    `Cannot find ${name} for the tests: install it (Debian and Ubuntu: apt-get install ${name}) so that it is on PATH`,
  );
}
