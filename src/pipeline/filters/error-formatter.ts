import { HttpException, HttpStatus } from '@nestjs/common';
import { ErrorCode, errorReply, type ErrorReply } from '#hub';
import { isRecord } from '../../support/is-record.js';
import { AnsweredError } from './answered-error.js';
import { withoutPayload } from './quoted-payload.js';

/** Most sentences of a validation that go out: it may have one for each element of a long array. */
const MAX_SENTENCES = 1_000;

/** The reply to an error, and whether it was thrown for the client to see or is a fault of the server. */
interface FormattedError {
  readonly reply: ErrorReply;
  /** When false the reply says nothing and the error has to be logged. */
  readonly expected: boolean;
}

/**
 * Turns whatever a handler, guard, pipe or filter threw into the `data` of an `exception` frame. Only
 * what the thrower wrote for the client goes out: never the payload, the request or a stack.
 */
export function formatError(error: unknown): FormattedError {
  if (error instanceof AnsweredError) return { reply: error.reply, expected: true };
  if (error instanceof HttpException) {
    return { reply: withoutQuotes(httpReply(error)), expected: true };
  }
  if (hasGetError(error)) return { reply: wsReply(error), expected: true };
  const reply = withoutQuotes(errorReply(error));
  return { reply, expected: reply.code !== ErrorCode.InternalError };
}

/** The reply as it may go out, whoever wrote it. */
function withoutQuotes(reply: ErrorReply): ErrorReply {
  const message = String(withoutPayload(reply.message));
  if (reply.details === undefined) return { ...reply, message };
  return { ...reply, message, details: withoutPayload(reply.details) };
}

function httpReply(exception: HttpException): ErrorReply {
  const status = exception.getStatus();
  const response = exception.getResponse();
  const { message, error } = isRecord(response) ? response : {};
  // Nest 12 lets an application give an exception a stable code of its own.
  const own: unknown = 'errorCode' in exception ? exception.errorCode : undefined;
  const reply: ErrorReply = {
    status: 'error',
    code: typeof own === 'string' ? own : codeOf(status),
    message: exception.message,
  };
  if (typeof message === 'string') reply.message = message;
  else if (isRecord(message)) {
    // ValidationPipe: a list of sentences, or sentences by property with `errorFormat: 'grouped'`.
    if (typeof error === 'string') reply.message = error;
    reply.details = Array.isArray(message) ? message.slice(0, MAX_SENTENCES) : message;
  }
  return reply;
}

/** `BAD_REQUEST` for 400 and so on; 500 has the name the wire uses for every fault of the server. */
export function codeOf(status: number): string {
  if (status === 500) return ErrorCode.InternalError;
  const name: unknown = HttpStatus[status];
  return typeof name === 'string' ? name : `HTTP_${status}`;
}

/** Ours and `WsException` of `@nestjs/websockets`, which must not be imported: it is an optional peer. */
function hasGetError(error: unknown): error is Error & { getError(): unknown } {
  return error instanceof Error && 'getError' in error && typeof error.getError === 'function';
}

function wsReply(exception: Error & { getError(): unknown }): ErrorReply {
  const given = exception.getError();
  const error = withoutPayload(given);
  const message = String(withoutPayload(exception.message));
  // An `exceptionFactory` may give the list of errors as it is.
  if (Array.isArray(error)) return { status: 'error', code: 'ERROR', message, details: error };
  if (!isRecord(error)) {
    return { status: 'error', code: 'ERROR', message: isRecord(given) ? message : String(error) };
  }
  const { code, message: own } = error;
  return {
    ...error,
    status: 'error',
    code: typeof code === 'string' ? code : 'ERROR',
    message: typeof own === 'string' ? own : message,
  };
}
