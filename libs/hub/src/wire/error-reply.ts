import { LimitError } from '#engine';
import { ErrorCode } from './error-code.js';
import { RepeatedError, WireError } from './wire-error.js';

/**
 * `data` of an exception frame. It never carries the client's payload or the upgrade request.
 *
 * - `code`: stable, upper case, for programs
 * - `message`: a sentence for people
 * - `details`: what a form needs to show, such as the failed rules of a validation
 */
export interface ErrorReply {
  status: 'error';
  code: string;
  message: string;
  details?: unknown;
}

/**
 * What a client is told about `error`. Only errors made for clients speak for themselves; anything
 * else might carry a query, a path or a secret in its message, and becomes INTERNAL_ERROR.
 */
export function errorReply(error: unknown): ErrorReply {
  if (error instanceof RepeatedError) return error.reply;
  if (error instanceof WireError) {
    const reply: ErrorReply = { status: 'error', code: error.code, message: error.message };
    if (error.details !== undefined) reply.details = error.details;
    return reply;
  }
  if (error instanceof LimitError) {
    return { status: 'error', code: ErrorCode.LimitExceeded, message: error.message };
  }
  return { status: 'error', code: ErrorCode.InternalError, message: 'Internal server error' };
}
