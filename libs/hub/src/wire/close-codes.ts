/** Longest reason of a Close frame: 125 bytes of a control frame less the code (RFC 6455 5.5). */
export const MAX_REASON_BYTES = 123;

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
