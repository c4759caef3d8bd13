import type { ServerOptions as TlsOptions } from 'node:https';
import type { Compression, PerMessageDeflateOptions, TransportLimits } from '#engine';
import type { Codec } from '#hub';
import type { DrainOptions, LoadOptions, RealtimeOptions } from './realtime-options.interface.js';

/**
 * How events are written on the wire: `json` as text; `msgpack` as bytes, with the package
 * `@msgpack/msgpack` 3.1 or later; or a codec of the application.
 */
export type CodecOption = 'json' | 'msgpack' | Codec;

/** How long what a client authenticated with is good for. */
export interface SessionOptions {
  /**
   * When the session of a user ends: a `Date` or milliseconds since the epoch; `undefined` for never.
   * Default: the `exp` claim of the user in seconds (RFC 7519 4.1.4), as `jwt.verify` returns it.
   * Then the connection is closed with 4401.
   */
  expiresAt?: (user: unknown) => Date | number | undefined;

  /**
   * Milliseconds before that at which the client gets an `expiring` event with `{ expiresAt }`, to
   * fetch a new token and send it as `reauthenticate`. Default 30,000; 0 sends none.
   */
  notice?: number;
}

/** Options a gateway may set for its own path; the module's are the default for all. */
export interface ConnectionOptions extends LoadOptions {
  /**
   * Limits of one connection: sizes in bytes, times in milliseconds. What is left out keeps its
   * default.
   *
   * | option | default | consequence |
   * |---|---|---|
   * | `maxPayload` | 1 MiB | a longer message closes with 1009 |
   * | `maxFragments` | 1,024 | more frames in one message close with 1008 |
   * | `pingInterval` | 25,000 | how often an otherwise silent peer is pinged; 0 turns it off |
   * | `pongTimeout` | 10,000 | no pong within it: the connection is ended, reported as 1006 |
   * | `idleTimeout` | 120,000 | nothing received for so long closes; 0 turns it off |
   * | `maxLifetime` | 0 | age at which a connection is closed; 0 turns it off |
   * | `closeTimeout` | 5,000 | a peer that does not answer a Close is cut off |
   * | `sendSoftMark` | 64 KiB | from here on `send()` answers Queued |
   * | `sendHardLimit` | 1 MiB | a peer that reads too slowly is closed with 1013 |
   * | `maxQueuedMessages` | 1,024 | the same, counted in messages |
   * | `sendStallTimeout` | 10,000 | the same, when nothing leaves for so long |
   * | `maxFramesPerTurn` | 256 | what one connection may parse before others get their turn; 256 bytes count as one |
   *
   * The rarer ones are documented where they are declared, at `TransportLimits`.
   */
  limits?: Partial<TransportLimits>;

  /**
   * Compression of messages (RFC 7692) with clients that offer it. Default `disabled`. `shared`: each
   * message by itself, without memory per connection. `dedicated`: messages refer back to earlier ones,
   * about 140 KiB per connection that compresses, less with a client that asks for less. Or the options in
   * detail.
   */
  compression?: Compression | PerMessageDeflateOptions;

  /**
   * Messages of one connection that are handled at the same time. Default 1: replies come in the order
   * of the requests.
   */
  concurrency?: number;

  /** Messages of one connection waiting for their turn. Default 64; then its socket is paused. */
  queueSize?: number;

  /**
   * Bytes of these messages, as they came. Default 262,144; then the socket is paused, too, so that
   * large messages wait in the client and not in this process.
   */
  queueBytes?: number;

  /**
   * Milliseconds a message handler may take; then the client gets a `TIMEOUT` exception, `@Signal()`
   * aborts and the next message starts. A stream has been returned when it starts. Default 0: no
   * limit, and a handler that never settles holds up its connection until that closes.
   */
  timeout?: number;

  /**
   * Web pages that may connect, each as `scheme://host` or `scheme://host:port`; others get 403. `'*'`
   * lets in every page. Default: a request with cookies must come from the origin it goes to, for
   * the browser adds them for whatever page asks (RFC 6455 10.2); without cookies there is nothing to
   * steal. Behind a proxy that ends TLS, list the public origin, or name the proxy in `trustedProxies`:
   * this process itself sees plain HTTP.
   */
  allowedOrigins?: readonly string[] | '*';

  /**
   * The codec of each subprotocol that `@Protocol` names; `''` stands for connections that agreed on
   * none. Default: `json`, and `msgpack` for the protocol of that name.
   */
  codecs?: Readonly<Record<string, CodecOption>>;

  /** When connections that were verified end, unless their client authenticates anew. */
  session?: SessionOptions;
}

/** What happens to connections when the application closes. */
export interface ShutdownOptions extends DrainOptions {
  /** Close code. Default 1001 (going away); 1012 tells clients to reconnect after a restart. */
  code?: number;
  /** Close reason, at most 123 bytes of UTF-8. Default `Server is shutting down`. */
  reason?: string;
  /**
   * Milliseconds for handlers under way to finish and for clients to close; then the rest is cut off.
   * Default 30,000.
   */
  deadline?: number;
}

/** Windows of HTTP/2 at a port of the gateways' own (RFC 9113 6.9). */
export interface Http2PortOptions {
  /**
   * Bytes a client may have sent on one connection that were not read: so many of one that is paused lie
   * in memory. 65,535 to 2,147,483,647; default 262,144.
   */
  windowSize?: number | undefined;
  /** The same for all connections of one session. Default 1,048,576. */
  sessionWindowSize?: number | undefined;
}

/** Options of `WsModule.forRoot()`. Each has a default; they are checked when the application starts. */
export interface WsModuleOptions extends ConnectionOptions, RealtimeOptions {
  /**
   * Put in front of every gateway's path. Default: the application's global prefix
   * (`app.setGlobalPrefix`), as for controllers; `''` leaves paths as they are.
   */
  prefix?: string;

  /**
   * Serves the gateways on a port of their own; 0 takes a free one (`GatewayMount.address()` tells
   * which). Default: on the application's HTTP server. Works without one, too, in
   * `NestFactory.createApplicationContext()`.
   */
  port?: number;

  /** Address to listen on, with `port`. Default: all of them. */
  host?: string;

  /** Makes the own port speak TLS: what `https.createServer()` takes, such as `{ key, cert }`. */
  tls?: TlsOptions;

  /**
   * Makes the own port speak HTTP/2, too: WebSockets are streams of one connection then (RFC 8441). With
   * `tls` HTTP/1.1 is spoken as well, without it is not. Default false. On the application's own server of
   * HTTP/2 gateways are served without it.
   */
  http2?: boolean | Http2PortOptions;

  /**
   * Milliseconds for the whole opening handshake, `@VerifyClient` included. Default 10,000; the client
   * is then refused. The head of a connection's first request has as long, also of a plain one on the
   * application's server: it is answered 408 then. `@OnConnect` methods get as long again; then the connection is closed with 1013.
   */
  handshakeTimeout?: number;

  /** How connections end when the application closes. Default 1001, within 30 seconds. */
  shutdown?: ShutdownOptions;

  /** Rooms one connection may be in. Default 1,000; joining one more throws. */
  maxRoomsPerConnection?: number;

  /**
   * Whether global guards (`app.useGlobalGuards`, `APP_GUARD`) are asked about every message. Default true.
   * One that only knows HTTP finds no request there and fails for each of them: turn it off, and name the
   * guard in `@VerifyClient` to have it asked before the upgrade.
   */
  useGlobalGuards?: boolean;

  /**
   * Whether global pipes (`app.useGlobalPipes`, `APP_PIPE`) see the parameters of gateway methods, hooks
   * and `@VerifyClient` included. Default true.
   */
  useGlobalPipes?: boolean;

  /**
   * Whether global interceptors (`app.useGlobalInterceptors`, `APP_INTERCEPTOR`) are around message
   * handlers. Default true.
   */
  useGlobalInterceptors?: boolean;

  /**
   * Whether global exception filters (`app.useGlobalFilters`, `APP_FILTER`) see the errors of message
   * handlers. Default true. A filter that only knows HTTP fails inside; its failure is then logged and
   * the error is answered as if the filter were absent. Turn it off to spare the log.
   */
  useGlobalFilters?: boolean;
}

/** For `forRootAsync({ useClass })` and `useExisting`. */
export interface WsOptionsFactory {
  /** Called once, while the application starts. */
  createWsOptions(): WsModuleOptions | Promise<WsModuleOptions>;
}
