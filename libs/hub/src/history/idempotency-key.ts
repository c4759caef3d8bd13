import { UsageError } from '#engine';

/** Characters of the longest key. */
const MAX_LENGTH = 256;

/** @throws {UsageError} for a key that is not a string of 1 to 256 characters. */
export function checkIdempotencyKey(key: unknown): void {
  if (key === undefined) return;
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_LENGTH) return;
  const value = typeof key === 'string' ? `one of ${key.length}` : `a ${typeof key}`;
  throw new UsageError(
    `Cannot publish: an idempotencyKey of 1 to ${MAX_LENGTH} characters is expected, current value is ${value}`,
  );
}
