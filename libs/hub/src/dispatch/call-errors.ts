import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';

/** Codes that say nothing about a call: made again it may be answered otherwise. */
export const PASSING: ReadonlySet<string> = new Set([
  ErrorCode.RateLimited,
  ErrorCode.Unavailable,
  ErrorCode.Cancelled,
  // What exceptions of Nest for 429 and 503 become.
  'TOO_MANY_REQUESTS',
  'SERVICE_UNAVAILABLE',
]);

export function streamWithKey(): WireError {
  return new WireError(
    ErrorCode.BadRequest,
    'Cannot keep the answer: it is a stream, which has no key',
  );
}

export function timedOut(limit = 0): WireError {
  return new WireError(
    ErrorCode.Timeout,
    `Cannot finish request: its handler may take ${limit} milliseconds`,
  );
}

export function cancelled(): WireError {
  return new WireError(ErrorCode.Cancelled, 'Cannot finish request: the client cancelled it');
}
