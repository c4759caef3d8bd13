import type { ClientCodec } from '../wire/client-codec.js';
import type { WebSocketClass } from '../wire/web-socket.js';

/** How a connection ended, as `retry` is asked about it. */
export interface LostConnection {
  readonly code: number;
  readonly reason: string;
  /** Whether messages flowed, or it was refused before. */
  readonly opened: boolean;
}

/** Why a token is asked for. */
export interface TokenRequest {
  /** Whether the server has just refused the last one: a kept one will not do. */
  readonly refused: boolean;
  /** Aborts when nobody waits for the token any more. */
  readonly signal: AbortSignal;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** All times are in milliseconds. Unknown names are refused with the nearest one. */
export interface ClientOptions {
  /**
   * Asked at each try, and when the session is about to end. null means that nobody is signed in. A
   * token has to consist of the characters of a subprotocol, as those of JWTs do.
   */
  readonly token?:
    | ((request: TokenRequest) => string | null | undefined | Promise<string | null | undefined>)
    | undefined;
  /** Subprotocols of the gateway's own; they are offered before `nestwire.1`. */
  readonly protocols?: readonly string[] | undefined;
  /** Query parameters; a function is asked at each try. */
  readonly query?: Query | (() => Query) | undefined;
  /** The class of sockets; default the global one, in Node the engine's. */
  readonly WebSocket?: WebSocketClass | undefined;
  /** Default JSON. */
  readonly codec?: ClientCodec | undefined;
  /** For a token, the handshake and the first answer together; default 10,000. */
  readonly connectTimeout?: number | undefined;
  /** Pauses between tries: a random part of `first * factor ** n`, at most `most`. Default 500, 2, 15,000. */
  readonly backoff?: { first?: number; factor?: number; most?: number } | undefined;
  /** A connection that held this long was a good one: pauses start small again. Default 10,000. */
  readonly steadyAfter?: number | undefined;
  /** After so much silence the server is asked whether it is there; default 25,000. */
  readonly pingInterval?: number | undefined;
  /** Then it has so much time to say anything; default 10,000. */
  readonly pingTimeout?: number | undefined;
  /** For the answer to a call; default 10,000. */
  readonly callTimeout?: number | undefined;
  /** What waits for a connection: at most `most` messages (100), each at most `age` long (30,000). */
  readonly queue?: { most?: number; age?: number } | undefined;
  /** Characters or bytes of the largest message taken; a larger one ends the connection. Default 1 MiB. */
  readonly maxMessage?: number | undefined;
  /** Answers of a stream that wait for their reader; then it ends with `TOO_SLOW`. Default 1,024. */
  readonly maxBuffered?: number | undefined;
  /** Whether every call has a key, as with `key: true`. Default false. */
  readonly idempotent?: boolean | undefined;
  /** Overrules what is made of a close code: true waits and tries again, false does not. */
  readonly retry?: ((lost: LostConnection) => boolean | undefined) | undefined;
  /** Whether to connect at once; default true. */
  readonly autoConnect?: boolean | undefined;
  /** Told what listeners throw, and what nobody waits for. Default `reportError`, or the console. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
