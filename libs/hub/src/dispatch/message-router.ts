import { UsageError } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { Envelope } from '../wire/envelope.js';
import { CANCEL_EVENT, MAX_EVENT_LENGTH } from '../wire/envelope.js';

/** Handles one event of one gateway path. */
export interface MessageHandler {
  /** 1 to 128 characters; `$cancel` is the hub's. */
  readonly event: string;
  /**
   * Ask for `signal`. It is made for each message, so leave this off where it is not read.
   * Default false.
   */
  readonly wantsSignal?: boolean;
  /**
   * @param data the data of the envelope, or the bytes of a binary message
   * @param signal with `wantsSignal`: aborts when the client cancels the request and on the close
   * @returns the answer: a value, a Promise of one, or a stream (Observable or AsyncIterable). What
   * is undefined is answered only to a message with an id. A throw becomes an exception frame.
   */
  handle(
    connection: Connection,
    data: unknown,
    message: Envelope,
    signal: AbortSignal | undefined,
  ): unknown;
}

/** Finds the handler of an event. Built once for a path; events are looked up in a Map. */
export class MessageRouter {
  readonly #handlers = new Map<string, MessageHandler>();
  readonly #fallback: MessageHandler | undefined;

  /**
   * @param fallback gets the events that no handler is registered for
   * @throws {UsageError} for an event that is registered twice, reserved or not 1 to 128 characters.
   */
  constructor(handlers: Iterable<MessageHandler>, fallback?: MessageHandler) {
    for (const handler of handlers) {
      const { event } = handler;
      checkEvent(event);
      if (this.#handlers.has(event)) {
        throw new UsageError(`Cannot register handler: event "${event}" has one already`);
      }
      this.#handlers.set(event, handler);
    }
    this.#fallback = fallback;
  }

  /** The events with a handler of their own, in the order of registration. */
  get events(): string[] {
    return [...this.#handlers.keys()];
  }

  /** The event's handler, else the fallback; undefined when there is neither, and for `$cancel`. */
  get(event: string): MessageHandler | undefined {
    const handler = this.#handlers.get(event);
    if (handler !== undefined || event === CANCEL_EVENT) return handler;
    return this.#fallback;
  }
}

function checkEvent(event: unknown): void {
  if (typeof event !== 'string' || event.length === 0 || event.length > MAX_EVENT_LENGTH) {
    const value = typeof event === 'string' ? `${event.length} characters` : typeof event;
    throw new UsageError(
      `Cannot register handler: an event of 1 to ${MAX_EVENT_LENGTH} characters is expected, current value is ${value}`,
    );
  }
  if (event === CANCEL_EVENT) {
    throw new UsageError(`Cannot register handler: event "${CANCEL_EVENT}" is reserved`);
  }
}
