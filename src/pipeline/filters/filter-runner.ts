import { HttpException, Logger, type ArgumentsHost } from '@nestjs/common';
import { EXCEPTION_EVENT, type ErrorReply } from '#hub';
import { isObservable, lastValueFrom } from 'rxjs';
import { isRecord } from '../../support/is-record.js';
import { AnsweredError } from './answered-error.js';
import { formatError } from './error-formatter.js';
import { withoutPayload } from './quoted-payload.js';

/** What Nest's external context creators make of the filters of a method. */
export interface FilterHandler {
  /** Calls the filter that catches the exception; `undefined` or `null` when none does or it returns nothing. */
  invokeCustomFilters(exception: unknown, host: ArgumentsHost): unknown;
  /** What Nest's proxy around a call hands its errors to. */
  next(exception: unknown, host: ArgumentsHost): unknown;
}

const logger = new Logger('WsExceptionsHandler');

/**
 * Gives an exception to the filters of a handler.
 *
 * What a filter returns (or resolves to) is the answer: an `{ event, data }` object is sent as it is,
 * any other object or string fills the `exception` frame, and so does the data of the event `exception`,
 * which no value of a handler may choose. A filter that returns nothing leaves the
 * frame that the exception has without it, so a filter may just log or count.
 *
 * A filter that breaks, as one written for HTTP does when it asks for a response, must not hide the
 * exception it was called for: the failure is logged and the exception answered as without the filter.
 *
 * @returns the message a filter wants sent; in every other case it throws what the hub answers
 */
export async function runFilters(
  filters: Pick<FilterHandler, 'invokeCustomFilters'>,
  exception: unknown,
  host: ArgumentsHost,
): Promise<unknown> {
  let answer: unknown;
  try {
    answer = await filters.invokeCustomFilters(exception, host);
    if (isObservable(answer)) answer = await lastValueFrom(answer, { defaultValue: undefined });
  } catch (failure) {
    // Translating one exception into another is what many filters are for.
    if (failure === exception || formatError(failure).expected) throw failure;
    logger.error('Cannot run exception filter', failure instanceof Error ? failure.stack : failure);
    throw exception;
  }
  if (answer === undefined || answer === null) throw exception;
  if (answer instanceof Error) throw answer;
  if (!isMessage(answer)) throw new AnsweredError(replyFrom(answer, exception));
  if (answer.event !== EXCEPTION_EVENT) return withoutPayload(answer);
  throw new AnsweredError(replyFrom(answer.data, exception));
}

/**
 * The same for the methods around a connection. There is no message that could be answered: what a filter
 * returns must not pass for what the method returns, which lets clients in.
 */
export async function runHookFilters(
  filters: Pick<FilterHandler, 'invokeCustomFilters'>,
  exception: unknown,
  host: ArgumentsHost,
): Promise<never> {
  try {
    await runFilters(filters, exception, host);
  } catch (failure) {
    // Before the 101 the answer is HTTP, and has the status of the exception.
    throw failure instanceof AnsweredError && host.getType() === 'http' ? exception : failure;
  }
  throw exception;
}

function isMessage(answer: unknown): answer is { event: string; data: unknown } {
  return isRecord(answer) && typeof answer['event'] === 'string' && 'data' in answer;
}

/** What the filter left out of the reply is what the exception says by itself. */
function replyFrom(answer: unknown, exception: unknown): ErrorReply {
  const { reply } = formatError(exception);
  if (exception instanceof HttpException && answer === exception.getResponse()) return reply;
  const clean = withoutPayload(answer);
  if (typeof clean === 'string') return { ...reply, message: clean };
  return isRecord(clean) ? { ...reply, ...clean, status: 'error' } : reply;
}
