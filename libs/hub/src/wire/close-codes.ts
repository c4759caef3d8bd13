import { isSendableCloseCode, MAX_CLOSE_REASON, UsageError } from '#engine';

/**
 * Close codes of the private range (RFC 6455 7.4.2: 4000-4999) that this package gives a meaning.
 * Each is 4000 plus the HTTP status a reader already knows.
 */
export const ApplicationCloseCode = {
  /** The credentials are missing, wrong or have expired; the client may sign in and come back. */
  Unauthorized: 4401,
  /** The credentials are good and do not allow this; coming back will not help. */
  Forbidden: 4403,
} as const;

export type ApplicationCloseCode = (typeof ApplicationCloseCode)[keyof typeof ApplicationCloseCode];

/**
 * Checks a Close frame before the first of many is sent.
 * @param what the verb of the message, such as `close hub`
 * @throws {UsageError} for a code that may not be sent or a reason that is too long.
 */
export function checkCloseFrame(what: string, code: number, reason: string): void {
  if (!isSendableCloseCode(code)) {
    throw new UsageError(`Cannot ${what}: the code may not be sent, current value is ${code}`);
  }
  const length = Buffer.byteLength(reason);
  if (length > MAX_CLOSE_REASON) {
    throw new UsageError(
      `Cannot ${what}: a reason of at most ${MAX_CLOSE_REASON} bytes is expected, current value has ${length}`,
    );
  }
}
