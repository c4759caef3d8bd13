import type { Connection, Envelope, MessageHandler } from '#hub';

/** Handlers of one event or binary type: at most one for every protocol, and one without. */
export class HandlerChoice implements MessageHandler {
  readonly #byProtocol = new Map<string, MessageHandler>();
  #others: MessageHandler | undefined;

  constructor(readonly event: string) {}

  /** @param protocols those the handler serves; empty for every connection no other one serves */
  add(handler: MessageHandler, protocols: readonly string[]): void {
    if (protocols.length === 0) this.#others = handler;
    for (const protocol of protocols) this.#byProtocol.set(protocol, handler);
  }

  /** The handler itself where there is no choice. */
  get simplest(): MessageHandler | undefined {
    return this.#byProtocol.size === 0 ? this.#others : this;
  }

  /** What serves connections that no handler here does. */
  fallBackTo(handler: MessageHandler | undefined): this {
    this.#others ??= handler;
    return this;
  }

  choose(connection: Connection, message: Envelope): MessageHandler | undefined {
    const handler = this.#byProtocol.get(connection.protocol) ?? this.#others;
    return handler?.choose === undefined ? handler : handler.choose(connection, message);
  }

  handle(): never {
    throw new Error('Cannot handle message: a handler has to be chosen first');
  }
}

/** The handlers of binary messages, by the first byte. */
export class BinaryChoice implements MessageHandler {
  readonly #byType = new Map<number, HandlerChoice>();
  readonly #others: HandlerChoice;

  constructor(readonly event: string) {
    this.#others = new HandlerChoice(event);
  }

  add(type: number | undefined, handler: MessageHandler, protocols: readonly string[]): void {
    this.#of(type).add(handler, protocols);
  }

  choose(connection: Connection, message: Envelope): MessageHandler | undefined {
    const { data } = message;
    const typed = Buffer.isBuffer(data) ? this.#byType.get(data[0] ?? -1) : undefined;
    return typed?.choose(connection, message) ?? this.#others.choose(connection, message);
  }

  handle(): never {
    return this.#others.handle();
  }

  #of(type: number | undefined): HandlerChoice {
    if (type === undefined) return this.#others;
    const choice = this.#byType.get(type) ?? new HandlerChoice(this.event);
    this.#byType.set(type, choice);
    return choice;
  }
}
