/**
 * Everything this client rejects with.
 *
 * `code` is what the server's `exception` frames carry (`BAD_REQUEST`, `FORBIDDEN`, …), or one of ours:
 *
 * - `TIMEOUT`: sent, and no answer came in time
 * - `ABORTED`: the given signal aborted; `cause` is its reason
 * - `QUEUE_FULL`, `EXPIRED`: never sent; too much waited for a connection, or for too long
 * - `NOT_OPEN`: never sent; there is no connection, and it was not to wait for one
 * - `DISCONNECTED`: sent, and the connection was lost before the answer; it may have been handled
 * - `CLOSED`, `REFUSED`, `SIGNED_OUT`: the client is in that state, or came into it
 * - `BAD_ANSWER`: the server answered with something that cannot be
 * - `BAD_SOURCE`: the source of an upload has more bytes than it said
 * - `NOT_RESUMABLE`: the server begins an upload anew, and its source cannot be read again
 * - `TOO_SLOW`: a stream was read too slowly
 */
export class ClientError extends Error {
  readonly code: string;
  readonly details: unknown;
  /** Milliseconds after which another try makes sense, where the server says so. */
  readonly retryAfter: number | undefined;

  constructor(
    code: string,
    message: string,
    more: { details?: unknown; retryAfter?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, more);
    this.name = 'ClientError';
    this.code = code;
    this.details = more.details;
    this.retryAfter = more.retryAfter;
  }
}
