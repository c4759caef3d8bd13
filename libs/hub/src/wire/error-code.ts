/**
 * Codes the hub itself puts into exception frames. They are stable across releases; applications
 * and the layers above add their own.
 */
export const ErrorCode = {
  /** The message is not JSON. */
  BadJson: 'BAD_JSON',
  /** The message was parsed and is not an envelope. */
  BadEnvelope: 'BAD_ENVELOPE',
  /** No handler is registered for the event. */
  UnknownEvent: 'UNKNOWN_EVENT',
  /** The event is known and its data is not acceptable. */
  BadRequest: 'BAD_REQUEST',
  /** A count or a size went past a limit: rooms, streams. */
  LimitExceeded: 'LIMIT_EXCEEDED',
  /** The client may not do this, here a guard has said no. */
  Forbidden: 'FORBIDDEN',
  /** What the message names does not exist: a mail to acknowledge. */
  NotFound: 'NOT_FOUND',
  /** Too many messages, or bytes of them, in too short a time; `details.retryAfter` in milliseconds. */
  RateLimited: 'RATE_LIMITED',
  /** The position a client returned with is of another epoch: nothing can be made up for. */
  UnknownEpoch: 'UNKNOWN_EPOCH',
  /** The handler gave up because the client sent `$cancel`. */
  Cancelled: 'CANCELLED',
  /** Something took longer than its limit. */
  Timeout: 'TIMEOUT',
  /** What it takes, a store or another node, cannot be reached now. */
  Unavailable: 'UNAVAILABLE',
  /** Anything the server did not expect; its message never says more. */
  InternalError: 'INTERNAL_ERROR',
} as const;

export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];
