import { HttpException, HttpStatus } from '@nestjs/common';
import { ErrorCode, errorReply, type ErrorReply } from '#hub';
import { AnsweredError } from './answered-error.js';

/** The reply to an error, and whether it was thrown for the client to see or is a fault of the server. */
export interface FormattedError {
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
    return { reply: httpReply(error), expected: true };
  }
  if (hasGetError(error)) return { reply: wsReply(error), expected: true };
  const reply = errorReply(error);
  return { reply, expected: reply.code !== ErrorCode.InternalError };
}

function httpReply(exception: HttpException): ErrorReply {
  const status = exception.getStatus();
  const response = exception.getResponse();
  const fields = typeof response === 'object' && response !== null ? response : {};
  const { message, error } = fields as { message?: unknown; error?: unknown };
  // Nest 12 lets an application give an exception a stable code of its own.
  const own = (exception as { errorCode?: unknown }).errorCode;
  const reply: ErrorReply = {
    status: 'error',
    code: typeof own === 'string' ? own : codeOf(status),
    message: exception.message,
  };
  if (typeof message === 'string') reply.message = message;
  else if (typeof message === 'object' && message !== null) {
    // ValidationPipe: a list of sentences, or sentences by property with `errorFormat: 'grouped'`.
    if (typeof error === 'string') reply.message = error;
    reply.details = cleanDetails(message);
  }
  return reply;
}

/** `BAD_REQUEST` for 400 and so on; 500 has the name the wire uses for every fault of the server. */
function codeOf(status: number): string {
  if (status === 500) return ErrorCode.InternalError;
  const name = (HttpStatus as unknown as Record<number, unknown>)[status];
  return typeof name === 'string' ? name : `HTTP_${status}`;
}

/** Ours and `WsException` of `@nestjs/websockets`, which must not be imported: it is an optional peer. */
function hasGetError(error: unknown): error is Error & { getError(): unknown } {
  return error instanceof Error && typeof (error as { getError?: unknown }).getError === 'function';
}

function wsReply(exception: Error & { getError(): unknown }): ErrorReply {
  const error = exception.getError();
  if (typeof error !== 'object' || error === null) {
    return { status: 'error', code: 'ERROR', message: String(error) };
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  return {
    ...error,
    status: 'error',
    code: typeof code === 'string' ? code : 'ERROR',
    message: typeof message === 'string' ? message : exception.message,
  };
}

/**
 * An `exceptionFactory` that passes class-validator's errors on would echo the payload, which they
 * carry as `target` and `value`: only the names and sentences of such errors go out.
 */
function cleanDetails(details: unknown): unknown {
  if (!Array.isArray(details)) return details;
  return details.map((item: unknown) => {
    if (typeof item !== 'object' || item === null) return item;
    const { property, constraints, children } = item as Record<string, unknown>;
    if (typeof property !== 'string') return item;
    const clean: Record<string, unknown> = { property };
    if (constraints !== undefined) clean['constraints'] = constraints;
    if (Array.isArray(children) && children.length > 0) clean['children'] = cleanDetails(children);
    return clean;
  });
}
