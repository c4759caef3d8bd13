import { createHash } from 'node:crypto';
import type { Connection } from '../connection/connection.js';

/** What the key of a call is looked up by. Paths and user ids are as long as they like; this is not. */
export function scopeOf({ handshake, userId }: Connection, key: string): string {
  const scope = JSON.stringify([handshake.path, userId ?? null, key]);
  return createHash('sha256').update(scope).digest('base64');
}

/**
 * Whose call it is, where one may not have all of what there is.
 * @param addressOf what counts as one address
 */
export function ownerOf(
  { handshake, userId }: Connection,
  addressOf: (ip: string) => string,
): string {
  return userId === undefined ? `ip ${addressOf(handshake.ip)}` : `user ${userId}`;
}
