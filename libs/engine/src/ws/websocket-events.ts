import type { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { BinaryType } from './binary-type.js';
import type { MessageData } from './message-data.js';
import type { ReadyState } from '../transport/transport.js';

/** The WebSocket an event is about, as far as its listeners need it. */
export interface WebSocketTarget extends EventEmitter<WebSocketEvents> {
  binaryType: BinaryType;
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  readonly readyState: ReadyState;
  readonly url: string;
  send(data: MessageData): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/** What a message event hands out; a `Blob` instead when `binaryType` is 'blob'. */
export type RawData = Buffer | ArrayBuffer | Buffer[];

/** What the `data` of a `MessageEvent` is: text has become a string. */
export type Data = string | RawData;

/** Events of the emitter, with their arguments. */
export interface WebSocketEvents {
  open: [];
  message: [data: RawData, isBinary: boolean];
  close: [code: number, reason: Buffer];
  error: [error: Error];
  ping: [data: Buffer];
  pong: [data: Buffer];
  /** The send queue was above its soft mark and is empty again. */
  drain: [];
  /** Client only: the server answered 101, and its response is about to be checked. */
  upgrade: [response: IncomingMessage];
  /** Client only: a redirect is about to be followed. */
  redirect: [url: string, request: ClientRequest];
  /** Client only: the server did not answer 101. Listening to it makes the response the listener's. */
  'unexpected-response': [request: ClientRequest, response: IncomingMessage];
}

/**
 * Events as `addEventListener` and the `on*` properties hand them out. Plain objects with the members of
 * their namesakes in the HTML standard that mean something here: Node 20 has no `CloseEvent` and no
 * `ErrorEvent`, and an `Event` of its own cannot have a target that is no `EventTarget`.
 */
export class Event<Target = WebSocketTarget> {
  // No property of the object, for a WebSocket refers to itself: programs log events as JSON.
  readonly #target: Target;

  constructor(
    readonly type: string,
    target: Target,
  ) {
    this.#target = target;
  }

  get target(): Target {
    return this.#target;
  }
}

/** A message arrived. */
export class MessageEvent<Target = WebSocketTarget> extends Event<Target> {
  constructor(
    target: Target,
    /** Text as a string, bytes as `binaryType` says. */
    readonly data: Data,
  ) {
    super('message', target);
  }
}

/** The connection is closed. */
export class CloseEvent<Target = WebSocketTarget> extends Event<Target> {
  constructor(
    target: Target,
    /** 1005 when the peer gave none, 1006 when the connection was lost (RFC 6455 7.1.5). */
    readonly code: number,
    readonly reason: string,
    /** Whether both Close frames were exchanged. */
    readonly wasClean: boolean,
  ) {
    super('close', target);
  }
}

/** The connection could not be made, or failed. A `CloseEvent` follows. */
export class ErrorEvent<Target = WebSocketTarget> extends Event<Target> {
  readonly message: string;

  constructor(
    target: Target,
    readonly error: Error,
  ) {
    super('error', target);
    this.message = error.message;
  }
}

/** The events of WHATWG's interface; an emitter has more. */
export interface WebSocketEventMap<Target = WebSocketTarget> {
  open: Event<Target>;
  message: MessageEvent<Target>;
  close: CloseEvent<Target>;
  error: ErrorEvent<Target>;
}
