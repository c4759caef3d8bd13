import { userIdOf, type UserIdOf } from '#hub';
import { isRecord } from '../support/is-record.js';

/** What may name a user; a `sub` is one user's only together with its issuer (RFC 7519 4.1.2). */
const NAMES = ['id', 'userId', 'sub', 'iss'] as const;

/**
 * What two users must have in common to be the same one for sure: the id under which the registry finds
 * them, where `7` and `'7'` are one id, and by default all that names them, not only the first of it. An
 * option `userId` decides alone.
 *
 * @returns `undefined` for a user that cannot be told from others, whatever else is known of it
 */
export function identityOf(user: unknown, idOf: UserIdOf): string | undefined {
  const id: unknown = idOf(user);
  if (typeof id !== 'string' || id === '') return undefined;
  if (idOf !== userIdOf || !isRecord(user)) return JSON.stringify([id]);
  return JSON.stringify([id, ...NAMES.map((name) => nameFrom(user[name]))]);
}

function nameFrom(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
