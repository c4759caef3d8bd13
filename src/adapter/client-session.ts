import type { Logger, WsMessageHandler } from '@nestjs/common';
import { from, Subscription } from 'rxjs';
import { LimitError, ReadyState } from '#engine';
import type { WebSocket } from '#ws';
import {
  ErrorCode,
  WireError,
  isThenable,
  EXCEPTION_EVENT,
  isId,
  refusalReason,
  unknownEvent,
} from '#hub';
import { quoted } from '../support/quoted.js';
import { describeError, stackOf } from '../support/describe-error.js';
import { formatError } from '../pipeline/filters/error-formatter.js';
import type { MessageParser, ParsedMessage, RawMessage } from './adapter-options.interface.js';
import {
  ackOf,
  answerTo,
  isFrame,
  logParserFault,
  ReceivedMessage,
  UNKNOWN,
  type ResultTransform,
} from './received-message.js';
import type { BoundHandler, GatewayHandlers, MessageBinding } from './bound-handler.js';
import { ConnectGate } from './connect-gate.js';
import { AdapterCloseCauses } from './close-causes.js';
import { WaitingMessages } from './waiting-messages.js';

/** What the sessions of an adapter share; the parser may be replaced while they run. */
export interface SessionSettings {
  readonly parse: MessageParser;
  /** Undefined unless the application has overridden it. */
  readonly binding: MessageBinding | undefined;
  concurrency: number;
  connectTimeout: number;
  logger: Logger;
}

/**
 * One client of the standard gateways on its path. Nest binds each gateway by itself; here they meet,
 * so that a message is parsed once and an event is known to be unknown.
 */
export class ClientSession {
  readonly #client: WebSocket;
  readonly #settings: SessionSettings;
  readonly #handlers = new Map<unknown, BoundHandler[]>();
  /** By gateway, for a `bindMessageHandler` of the application's. */
  #gateways: GatewayHandlers[] | undefined;
  readonly #results = new Subscription();
  readonly #waiting = new WaitingMessages();
  #running = 0;
  /** Whether it was this session that paused the socket: a pause of the application's is its own. */
  #heldBack = false;
  readonly #gate: ConnectGate;
  #refused = false;
  /** Whether the client may ask for nothing more. */
  #finishing = false;
  /** Told when nothing is under way any more. */
  #finished: (() => void) | undefined;
  #leaving: Promise<unknown>[] | undefined;
  /** The gateways that have been told that the client has gone. */
  #left: Set<object> | undefined;

  constructor(client: WebSocket, settings: SessionSettings) {
    this.#client = client;
    this.#settings = settings;
    this.#gate = new ConnectGate(settings.connectTimeout, {
      settled: () => this.#pump(),
      failed: (error) => this.#refuse(error),
    });
    client.on('message', this.#receive);
    client.once('close', this.#end);
  }

  bind(handlers: readonly WsMessageHandler[], transform: ResultTransform): void {
    // Of two methods of one gateway for an event only the last is called, as with `ws`.
    const own = new Map(
      handlers.map(({ message, callback, isAckHandledManually: isManual }) => [
        message,
        { callback, transform, isManual },
      ]),
    );
    if (this.#settings.binding !== undefined) {
      const byMessage = new Map(handlers.map((handler) => [handler.message as unknown, handler]));
      (this.#gateways ??= []).push({ handlers: byMessage, transform });
    }
    for (const [message, bound] of own) {
      const others = this.#handlers.get(message);
      if (others === undefined) this.#handlers.set(message, [bound]);
      else others.push(bound);
    }
  }

  /**
   * Whether Nest has called this gateway's `handleConnection`. The gateway may do so, too, to check a
   * client again or to go on in its base class, and is told what comes of it.
   */
  hasConnected(gateway: object): boolean {
    return this.#gate.wasCalled(gateway);
  }

  /** Runs a `handleConnection`; no message is handled before it has ended, none after it has failed. */
  connect(gateway: object, hook: () => unknown): void {
    this.#gate.run(gateway, hook);
  }

  /** Whether it is Nest that calls this gateway's `handleDisconnect`: once, for a client that has gone. */
  isLeaving(gateway: object): boolean {
    return this.#client.readyState === ReadyState.Closed && this.#left?.has(gateway) !== true;
  }

  /** Runs a `handleDisconnect`: whatever it does ends nobody else's connection. */
  disconnect(gateway: object, hook: () => unknown): void {
    (this.#left ??= new Set()).add(gateway);
    try {
      const result = hook();
      if (!isThenable(result)) return;
      const settled = result.then(undefined, (error: unknown) => this.#disconnectFailed(error));
      (this.#leaving ??= []).push(Promise.resolve(settled));
    } catch (error) {
      this.#disconnectFailed(error);
    }
  }

  /** What the hooks for the client that has gone have still to do; undefined when that is nothing. */
  get left(): Promise<void> | undefined {
    const leaving = this.#leaving;
    return leaving && Promise.all(leaving).then(() => undefined);
  }

  /**
   * Takes no more messages; what has come before is answered.
   * @returns a Promise until it is; undefined when nothing is under way
   */
  finish(): Promise<void> | undefined {
    this.#finishing = true;
    if (this.#isQuiet) return undefined;
    return new Promise((resolve) => {
      this.#finished = resolve;
    });
  }

  get #isQuiet(): boolean {
    return this.#running === 0 && this.#waiting.isEmpty && this.#gate.open;
  }

  #refuse(error: unknown): void {
    const { reply, expected } = formatError(error);
    if (!expected) this.#logError('Cannot finish handleConnection', error);
    if (this.#refused || this.#client.readyState !== ReadyState.Open) return;
    this.#refused = true;
    this.#send({ event: EXCEPTION_EVENT, data: reply });
    const reason = refusalReason(reply);
    const { Refused, ConnectFailed } = AdapterCloseCauses;
    const { code } = expected ? Refused : ConnectFailed;
    this.#client.close(error instanceof LimitError ? error.closeCode : code, reason);
  }

  readonly #receive = (data: RawMessage, isBinary: boolean): void => {
    // A gateway without @SubscribeMessage reads the messages itself.
    if (this.#refused || this.#finishing || this.#handlers.size === 0) return;
    const message = isBinary || !Buffer.isBuffer(data) ? data : data.toString();
    if (this.#waiting.isEmpty && this.#ready) {
      this.#dispatch(message);
      return;
    }
    this.#waiting.push(message);
    // Not at the first: a handleConnection may be waiting for a message with a listener of its own.
    if (this.#waiting.isFull) this.#holdBack();
  };

  #holdBack(): void {
    if (this.#client.isPaused) return;
    this.#heldBack = true;
    this.#client.pause();
  }

  get #ready(): boolean {
    return this.#gate.open && this.#running < this.#settings.concurrency;
  }

  #pump(): void {
    if (this.#refused) this.#waiting.clear();
    while (this.#ready) {
      const message = this.#waiting.shift();
      if (message === undefined) break;
      this.#dispatch(message);
    }
    if (this.#heldBack && this.#waiting.hasRoom) {
      this.#heldBack = false;
      this.#client.resume();
    }
    if (this.#isQuiet) this.#finished?.();
  }

  #dispatch(raw: RawMessage): void {
    const { parse, binding } = this.#settings;
    if (this.#gateways !== undefined && binding !== undefined) {
      this.#dispatchByBinding(raw, this.#gateways, binding);
      return;
    }
    let message: ParsedMessage | void | null | undefined;
    try {
      message = parse(raw);
    } catch (error) {
      this.#complainOfParser(error);
      return;
    }
    // Nothing is how a parser says that the message is of no concern.
    if (!message) return;
    const handlers = this.#handlers.get(message.event);
    if (handlers === undefined) this.#complain(unknownEvent(), message.id);
    else for (const handler of handlers) this.#handle(handler, message);
  }

  /** As the adapter of `ws` does: each gateway for itself, in the application's way. */
  #dispatchByBinding(
    raw: RawMessage,
    gateways: readonly GatewayHandlers[],
    binding: MessageBinding,
  ): void {
    const received = new ReceivedMessage(raw, this.#client, (value) => this.#send(value));
    for (const { handlers, transform } of gateways) {
      const bound: BoundHandler = {
        callback: () => binding(received, handlers, transform),
        transform: (result) => from(result),
        isManual: false,
        isAnswered: true,
      };
      this.#handle(bound, { event: 'bindMessageHandler' });
    }
    const { taken, refusal, id } = received;
    if (taken || refusal === undefined) return;
    if (refusal === UNKNOWN) this.#complain(unknownEvent(), id);
    else this.#complainOfParser(refusal);
  }

  #handle(bound: BoundHandler, message: ParsedMessage): void {
    const { callback, transform, isManual, isAnswered = false } = bound;
    const { event, data, id } = message;
    let running = true;
    this.#running++;
    const done = (): void => {
      if (!running) return;
      running = false;
      this.#running--;
      this.#pump();
    };
    try {
      const returned = isManual
        ? callback(
            data,
            event,
            ackOf((value: unknown) => this.#send(value), event, id),
          )
        : callback(data, event);
      const result = transform(returned).subscribe({
        next: (value) => {
          if (isManual) {
            // Its answer is the acknowledgement; what it returns beside that is another event.
            if (isFrame(value)) this.#answer(value, { event });
          } else if (value !== undefined && value !== null) {
            if (isAnswered) this.#send(value);
            else this.#answer(value, message);
          }
          // A stream may go on for ever: from its first value on it is no longer a handler at work.
          done();
        },
        error: (error: unknown) => {
          // An exception filter that rethrows; the client has no answer to expect from it.
          this.#logError(`Cannot handle ${quoted(String(event))}`, error);
          done();
        },
        complete: done,
      });
      this.#results.add(result);
    } catch (error) {
      this.#logError(`Cannot handle ${quoted(String(event))}`, error);
      done();
    }
  }

  #complainOfParser(error: unknown): void {
    logParserFault(this.#settings.logger, error);
    this.#complain(error instanceof WireError ? error : unreadable());
  }

  /** Answers what cannot be handled, unless the gateway listens to raw messages beside this session. */
  #complain(error: WireError, id?: unknown): void {
    if (this.#client.listenerCount('message') > 1) return;
    const { reply } = formatError(error);
    this.#send({ event: EXCEPTION_EVENT, data: reply, ...(isId(id) ? { id } : {}) });
  }

  /** Sends what a handler has answered to a message. */
  #answer(value: unknown, { event, id }: ParsedMessage): void {
    try {
      this.#send(answerTo(value, event, id));
    } catch (error) {
      this.#logError('Cannot encode answer', error);
    }
  }

  #send(value: unknown): void {
    if (this.#client.readyState !== ReadyState.Open) return;
    try {
      this.#client.send(JSON.stringify(value));
    } catch (error) {
      // A circular object, a bigint, a toJSON or getter that throws.
      this.#logError('Cannot encode answer', error);
    }
  }

  readonly #end = (): void => {
    this.#results.unsubscribe();
    this.#client.removeListener('message', this.#receive);
    this.#waiting.clear();
    this.#gate.stop();
    this.#finished?.();
  };

  #disconnectFailed(error: unknown): void {
    this.#logError('Cannot finish handleDisconnect', error);
  }

  #logError(what: string, error: unknown): void {
    this.#settings.logger.error(`${what}: ${describeError(error)}`, stackOf(error));
  }
}

function unreadable(): WireError {
  return new WireError(ErrorCode.BadEnvelope, 'Cannot read message: the parser does not take it');
}
