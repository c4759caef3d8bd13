/** Longest user id, in UTF-16 units: it is a key of maps and comes out of tokens. */
export const MAX_USER_ID_LENGTH = 256;

/** Tells under which id the connections of one user are found; undefined for nobody in particular. */
export type UserIdOf = (user: unknown) => string | undefined;

/**
 * The id in what authentication usually attaches: a string or a number, or an object with `id`,
 * `userId` or `sub` (RFC 7519 4.1.2).
 */
export function userIdOf(user: unknown): string | undefined {
  const own = idFrom(user);
  if (own !== undefined || typeof user !== 'object' || user === null) return own;
  const { id, userId, sub } = user as Partial<Record<'id' | 'userId' | 'sub', unknown>>;
  return idFrom(id) ?? idFrom(userId) ?? idFrom(sub);
}

function idFrom(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  const usable =
    typeof value === 'string' && value.length > 0 && value.length <= MAX_USER_ID_LENGTH;
  return usable ? value : undefined;
}
