import { isSendableCloseCode, MAX_CLOSE_REASON, UsageError } from '#engine';

/**
 * Close codes of the private range (RFC 6455 7.4.2: 4000-4999) that this package gives a meaning.
 * Each is 4000 plus the HTTP status a reader already knows. With a code of these a client that speaks
 * `nestwire.1` is refused, too; see docs/wire.md.
 */
export const ApplicationCloseCode = {
  /** The client did something wrong that coming back will not mend. */
  BadRequest: 4400,
  /** The credentials are missing, wrong or have expired; the client may sign in and come back. */
  Unauthorized: 4401,
  /** The credentials are good and do not allow this; coming back will not help. */
  Forbidden: 4403,
  /** Nothing is served there. */
  NotFound: 4404,
  /** Too often; the client may come back later. */
  TooManyRequests: 4429,
  /** The server failed; the client may come back. */
  InternalError: 4500,
  /** The server takes nobody now; the client may come back. */
  Unavailable: 4503,
} as const;

export type ApplicationCloseCode = (typeof ApplicationCloseCode)[keyof typeof ApplicationCloseCode];

/** The close code that stands for a refusal. @param status 400 to 599 */
export function refusalCode(status: number): number {
  return 4_000 + status;
}

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
