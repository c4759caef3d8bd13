import { UsageError } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { UploadRules } from '../uploads/uploads.js';
import { isReserved, MAX_EVENT_LENGTH, type Envelope } from '../wire/envelope.js';

/** Handles one event of one path. */
export interface MessageHandler {
  /** 1 to 128 characters; those that begin with `$` are the hub's. */
  readonly event: string;
  /**
   * Ask for `signal`. It is made for each message, so leave this off where it is not read.
   * Default false.
   */
  readonly wantsSignal?: boolean;
  /**
   * Messages of one connection that this handler takes at the same time, in a lane of its own: it
   * neither waits for the others nor holds them up. Default: the lane all handlers share.
   */
  readonly concurrency?: number;
  /**
   * Milliseconds until a Promise it returned is given up: the client gets a TIMEOUT exception, the
   * signal aborts, the next message starts. A stream has been returned when it starts. Default 0:
   * no limit.
   */
  readonly timeout?: number;
  /** Takes calls that bring an upload, and no others; default it takes none. Answers with a value. */
  readonly upload?: UploadRules | undefined;
  /**
   * For a handler that stands for several: the one that takes the message, undefined for none. The
   * other members are then those of the one chosen.
   */
  choose?(connection: Connection, message: Envelope): MessageHandler | undefined;
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

  /** The event's handler, else the fallback; undefined for neither and for the hub's own events. */
  get(event: string): MessageHandler | undefined {
    return this.#handlers.get(event) ?? (isReserved(event) ? undefined : this.#fallback);
  }
}

function checkEvent(event: unknown): void {
  if (typeof event !== 'string' || event.length === 0 || event.length > MAX_EVENT_LENGTH) {
    const value = typeof event === 'string' ? `${event.length} characters` : typeof event;
    throw new UsageError(
      `Cannot register handler: an event of 1 to ${MAX_EVENT_LENGTH} characters is expected, current value is ${value}`,
    );
  }
  if (isReserved(event)) {
    throw new UsageError(`Cannot register handler: event "${event}" is reserved`);
  }
}
