import type { IncomingHttpHeaders } from 'node:http';
import type { Connection, Envelope, HandshakeSnapshot } from '#hub';
import type { Pace } from './paced/pace.js';

// Symbols: request-scoped providers are given the context as `REQUEST`, and set properties on it as on a request.

/** Whether the handler returned a stream; known once it has returned. */
export const kStreams = Symbol('streams');
/** Told when `kStreams` becomes true, while the result may still be silent. */
export const kOnStream = Symbol('onStream');
/** How an iterable that the handler returned is read through interceptors. */
export const kPace = Symbol('pace');
/** An error on its way to the filters although the handler has long returned. */
export const kLateError = Symbol('lateError');

/**
 * One call of a handler: third argument of the execution context, and what request-scoped providers
 * get when they inject `REQUEST`. It reads like an HTTP request where that makes sense, so that
 * durable-provider strategies and tenant look-ups written for HTTP work on messages.
 */
export class MessageContext {
  readonly #ownSignal: AbortSignal | undefined;
  /** @internal */
  [kStreams] = false;
  /** @internal */
  [kOnStream]: (() => void) | undefined;
  /** @internal */
  [kPace]: Pace | undefined;
  /** @internal */
  [kLateError]: unknown;

  constructor(
    readonly connection: Connection,
    /** The event the client sent; in hooks their name: `connect`, `ping`, … */
    readonly event: string,
    readonly data: unknown,
    /** The decoded message; undefined in the hooks. */
    readonly message?: Envelope,
    ownSignal?: AbortSignal,
  ) {
    this.#ownSignal = ownSignal;
  }

  /** Fires when the client cancels the message or the connection closes. */
  get signal(): AbortSignal {
    return this.#ownSignal ?? this.connection.signal;
  }

  get handshake(): HandshakeSnapshot {
    return this.connection.handshake;
  }

  get id(): string | number | undefined {
    return this.message?.id;
  }

  get user(): unknown {
    return this.connection.user;
  }

  get url(): string {
    return this.connection.handshake.url;
  }

  get headers(): IncomingHttpHeaders {
    return this.connection.handshake.headers;
  }

  get params(): HandshakeSnapshot['params'] {
    return this.connection.handshake.params;
  }

  get query(): HandshakeSnapshot['query'] {
    return this.connection.handshake.query;
  }

  get ip(): string {
    return this.connection.handshake.ip;
  }

  get body(): unknown {
    return this.data;
  }
}
