import type { Logger, WsMessageHandler } from '@nestjs/common';
import { EMPTY, map, type Observable } from 'rxjs';
import { isChoosable, isId, WireError } from '#hub';
import type { WebSocket } from '#ws';
import { describeError, stackOf } from '../support/describe-error.js';
import { isRecord } from '../support/is-record.js';
import type { MessageParser, ParsedMessage, RawMessage } from './adapter-options.interface.js';

/** What Nest wraps around the results of a gateway's handlers. */
export type ResultTransform = (
  result: Observable<unknown> | Promise<unknown>,
) => Observable<unknown>;

/** What `bindMessageHandler` of an adapter is given: as much of an event of `ws` as it takes to handle it. */
export interface MessageLike {
  data: RawMessage;
}

/** A message on its way through a `bindMessageHandler` that an application has written. */
export class ReceivedMessage implements MessageLike {
  readonly type = 'message';
  #parsed: { readonly data: RawMessage; readonly message: ParsedMessage | null } | undefined;
  /** Why nobody can handle it, as `NestwireAdapter` sees it; `undefined` when it was not asked. */
  refusal: unknown;
  /** Id of the message, for the refusal. */
  id: unknown;
  /** Whether some gateway has taken it, or a parser has dropped it. */
  taken = false;

  /** @param answer sends what a handler gives to `@Ack()` */
  constructor(
    public data: RawMessage,
    readonly target: WebSocket,
    readonly answer: (value: unknown) => void,
  ) {}

  /** Parses once for all gateways, unless one of them has put other data in place. */
  parse(parser: MessageParser): ParsedMessage | null {
    if (this.#parsed?.data !== this.data) {
      this.#parsed = { data: this.data, message: parser(this.data) ?? null };
    }
    return this.#parsed.message;
  }
}

/** What a message that arrived as an event of another's making is answered with. */
interface Answering extends MessageLike {
  answer?: unknown;
}

/**
 * Handles a message with the handlers of one gateway: what `bindMessageHandler` of an adapter does unless
 * it is overridden. What it completes without a value for is told to a `ReceivedMessage`.
 */
export function handleMessage(
  event: Answering,
  handlers: ReadonlyMap<unknown, WsMessageHandler>,
  transform: ResultTransform,
  { parser, logger }: { readonly parser: MessageParser; readonly logger: Logger },
): Observable<unknown> {
  const received = event instanceof ReceivedMessage ? event : undefined;
  let message: ParsedMessage | void | null | undefined;
  try {
    message = received === undefined ? parser(event.data) : received.parse(parser);
  } catch (error) {
    if (received === undefined) logParserFault(logger, error);
    else received.refusal = error;
    return EMPTY;
  }
  // Nothing is how a parser says that the message is of no concern.
  if (!message) {
    if (received !== undefined) received.taken = true;
    return EMPTY;
  }
  const { event: name, data, id } = message;
  const handler = handlers.get(name);
  if (handler === undefined) {
    if (received !== undefined) {
      received.id = id;
      received.refusal ??= UNKNOWN;
    }
    return EMPTY;
  }
  if (received !== undefined) received.taken = true;
  const { isAckHandledManually: isManual } = handler;
  const result = transform(
    isManual
      ? handler.callback(data, name, ackOf(event.answer, name, id))
      : handler.callback(data, name),
  );
  if (isManual) {
    return result.pipe(
      map((value) => (isFrame(value) ? answerTo(value, name, undefined) : undefined)),
    );
  }
  return result.pipe(
    map((value) => (value === undefined || value === null ? value : answerTo(value, name, id))),
  );
}

/** Stands for an event that no handler is named for. */
export const UNKNOWN = Symbol('unknown event');

/** What a client can bring about with any payload must not fill the log; a bug of the parser's is told. */
export function logParserFault(logger: Logger, error: unknown): void {
  if (error instanceof WireError || error instanceof SyntaxError) return;
  logger.error(`Cannot parse message: ${describeError(error)}`, stackOf(error));
}

/** What `@Ack()` gives a handler: sends one answer, with the id if the message had one. */
export function ackOf(answer: unknown, event: unknown, id: unknown): (value?: unknown) => void {
  let isOver = typeof answer !== 'function';
  return (value = null) => {
    if (isOver || typeof answer !== 'function') return;
    isOver = true;
    answer(isId(id) ? answerTo(value, event, id) : { event, data: value });
  };
}

export function isFrame(value: unknown): boolean {
  return isRecord(value) && typeof value['event'] === 'string';
}

/**
 * What is sent for a value: the frame that it is, with the id if the request had one. A value that looks
 * like a frame of ours, an exception for instance, may come from a store or from another client: it is
 * the data of a frame. So is, where there is an id, what is no frame.
 */
export function answerTo(value: unknown, event: unknown, id: unknown): unknown {
  // What an instance makes of itself goes out without an id; its fields may be nobody's business.
  const shown: unknown =
    isRecord(value) && typeof value['toJSON'] === 'function' ? value['toJSON']() : value;
  const frame = isRecord(shown) ? shown : {};
  const { event: chosen } = frame;
  if (typeof chosen !== 'string') return isId(id) ? { event, data: shown, id } : shown;
  if (!isChoosable(chosen)) return isId(id) ? { event, data: shown, id } : { event, data: shown };
  return isId(id) ? { ...frame, id } : frame;
}
