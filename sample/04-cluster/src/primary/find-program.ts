import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian keeps servers, which is not on every PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/**
 * The path of a program.
 * @throws {Error} a sentence that says what to do without it
 */
export function findProgram(name: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    `Cannot find ${name} on PATH: install it (Debian and Ubuntu: apt-get install ${name}, macOS: brew install ${name.replace('redis-server', 'redis')}),\n` +
      'or do without a server: npm run sample 04-cluster -- --broker node-cluster',
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
