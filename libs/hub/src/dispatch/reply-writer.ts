import type { SendResult } from '#engine';
import type { Connection } from '../connection/connection.js';
import { about } from '../diagnostics/connection-news.js';
import { told } from '../diagnostics/told.js';
import type { ErrorContext, ErrorReporter } from '../connection/error-context.js';
import { EXCEPTION_EVENT, isChoosable, type Envelope } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { errorReply, type ErrorReply } from '../wire/error-reply.js';
import { ClosingError } from '../wire/closing-error.js';
import { RepeatedError, WireError } from '../wire/wire-error.js';
import { kCore } from '../connection/connection-core.js';

/** A binary message on its way to a handler: bytes that come back go out as bytes. */
export class BinaryRequest implements Envelope {
  readonly event: string;
  readonly data: Buffer;

  constructor(event: string, data: Buffer) {
    this.event = event;
    this.data = data;
  }
}

/** Says what clients are told about errors. */
export interface ErrorDescriber {
  /**
   * What the client is told about an error; default `errorReply`.
   * @param event of the message; undefined when it could not be read
   */
  describe?(error: unknown, connection: Connection, event?: string): ErrorReply;
}

/** Turns what handlers return and throw into frames. Apart from `item`, nothing here throws. */
export class ReplyWriter {
  readonly #describer: ErrorDescriber;
  readonly #report: ErrorReporter;

  constructor(describer: ErrorDescriber, report: ErrorReporter) {
    this.#describer = describer;
    this.#report = report;
  }

  /**
   * Answers `request` with what its handler returned.
   * @returns what the client was told instead, when that could not be sent
   */
  reply(connection: Connection, request: Envelope, value: unknown): ErrorReply | undefined {
    // A message with an id always gets an answer; without one, nothing returned is nothing sent.
    if (value === undefined && request.id === undefined) return undefined;
    try {
      this.item(connection, request, value);
      return undefined;
    } catch (error) {
      return this.fail(connection, request, error);
    }
  }

  /**
   * Sends one value of an answer.
   * @throws {EncodeError} for data the codec cannot carry.
   */
  item(connection: Connection, request: Envelope, value: unknown): SendResult {
    if (request instanceof BinaryRequest && value instanceof Uint8Array) {
      return connection.sendRaw(value);
    }
    if (isEventReply(value) && isChoosable(value.event)) {
      return connection[kCore].sendEnvelope({
        event: value.event,
        data: value.data,
        id: request.id,
      });
    }
    return connection[kCore].sendEnvelope({ event: request.event, data: value, id: request.id });
  }

  /** Ends a stream that went well, or was cancelled. */
  complete(connection: Connection, request: Envelope): void {
    const end = { event: request.event, data: undefined, id: request.id, complete: true };
    this.#send(connection, end, { phase: 'stream', connection, event: request.event });
  }

  /**
   * Sends an exception frame and reports the error when nobody expected it.
   * @param request undefined when the message could not be read
   * @param phase default 'message'; a failed stream's exception is also its last frame
   * @returns what the client was told
   */
  fail(
    connection: Connection,
    request: Envelope | undefined,
    error: unknown,
    phase: ErrorContext['phase'] = 'message',
  ): ErrorReply {
    const context: ErrorContext = { phase, connection, event: request?.event };
    const reply = this.#describe(error, context, connection);
    const id = request?.id ?? (error instanceof WireError ? error.id : undefined);
    if (told.refused.hasSubscribers) {
      told.refused.publish({ ...about(connection), event: request?.event, code: reply.code });
    }
    const complete = phase === 'stream' ? true : undefined;
    const frame = { event: EXCEPTION_EVENT, data: reply, id, complete };
    if (!this.#send(connection, frame, context) && reply.details !== undefined) {
      // The details are the one part that is not ours and may be what cannot be encoded.
      const { status, code, message } = reply;
      this.#send(connection, { ...frame, data: { status, code, message } }, context);
    }
    if (error instanceof ClosingError) connection.close(error.closes.code, error.closes.reason);
    return reply;
  }

  /** What a client would be told, without telling it. */
  describe(error: unknown, connection: Connection | undefined, event: string): ErrorReply {
    try {
      const reply = connection && this.#describer.describe?.(error, connection, event);
      return reply ?? errorReply(error);
    } catch {
      // It is reported where the client is told.
      return errorReply(error);
    }
  }

  #describe(error: unknown, context: ErrorContext, connection: Connection): ErrorReply {
    let reply: ErrorReply;
    try {
      reply = this.#describer.describe?.(error, connection, context.event) ?? errorReply(error);
    } catch (failure) {
      this.#report(failure, context);
      reply = errorReply(error);
    }
    // What was stopped on purpose is not news: the client cancelled, or is gone.
    const isNews = !isAbort(error) && !(error instanceof RepeatedError);
    if (reply.code === ErrorCode.InternalError && isNews) this.#report(error, context);
    return reply;
  }

  #send(connection: Connection, envelope: Envelope, context: ErrorContext): boolean {
    try {
      connection[kCore].sendEnvelope(envelope);
      return true;
    } catch (error) {
      this.#report(error, context);
      return false;
    }
  }
}

/** Whether `error` is what an aborted AbortSignal makes the operations it was given throw. */
export function isAbort(error: unknown): boolean {
  // By name: the DOMException of another realm is no instance of this one's Error.
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { name?: unknown }).name === 'AbortError'
  );
}

/** Nest's `WsResponse`: an object of exactly `event` and `data` chooses the event of the answer. */
function isEventReply(value: unknown): value is { event: string; data: unknown } {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'data')) return false;
  return (
    typeof (value as { event?: unknown }).event === 'string' && Object.keys(value).length === 2
  );
}
