import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** How a worker is told where its primary listens. */
export const SOCKET_VARIABLE = 'NESTWIRE_PRIMARY_SOCKET';

/**
 * A new place to listen at: a socket in a folder that only this user may enter, or a named pipe with a
 * name nobody can guess on Windows.
 */
export function newSocketPath(platform: NodeJS.Platform = process.platform): string {
  const name = randomBytes(16).toString('hex');
  if (platform === 'win32') return `\\\\.\\pipe\\nestwire-${name}`;
  // Paths of Unix sockets are short: 107 bytes on Linux, 103 on macOS.
  return join(mkdtempSync(join(tmpdir(), 'nestwire-')), 'primary');
}

/** Takes away what `newSocketPath` made. */
export function removeSocketPath(path: string, platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'win32') rmSync(dirname(path), { recursive: true, force: true });
}
