import type { Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { ConnectionOptions, SecureContextOptions } from 'node:tls';
import { inspect } from 'node:util';
import { UsageError, type PerMessageDeflateOptions, type TransportLimits } from '#engine';

/** Options of a connection, at either end. Sizes are bytes, times milliseconds. */
export interface ConnectionConfig {
  /**
   * Bytes of one received frame; a larger one closes 1009. Infinity = no limit. Default 64 KiB at a
   * server, 1 MiB at a client.
   */
  maxReceivedFrameSize?: number;
  /**
   * Bytes of one received message, in one frame or many; a larger one closes 1009. Where only
   * `maxReceivedFrameSize` is given, a message may be as large as a frame. Infinity = no limit. Default
   * 1 MiB at a server, 8 MiB at a client.
   */
  maxReceivedMessageSize?: number;
  /** Send messages above `fragmentationThreshold` in fragments; default true. */
  fragmentOutgoingMessages?: boolean;
  /** Bytes of payload in a fragment; default 16 KiB. */
  fragmentationThreshold?: number;
  /** Put fragments together; default true. False emits `frame` for each frame instead of `message`. */
  assembleFragments?: boolean;
  /** Send small frames at once instead of waiting for more (TCP_NODELAY); default true. */
  disableNagleAlgorithm?: boolean;
  /** How long the peer may take to answer a Close frame; default 5,000. */
  closeTimeout?: number;
  /** Ping a peer that has been silent for `keepaliveInterval`; default true at a server, false at a client. */
  keepalive?: boolean;
  /** Silence after which a ping is sent; default 20,000 at a server, none at a client. */
  keepaliveInterval?: number;
  /** Drop a peer that stays silent for `keepaliveGracePeriod` after the ping; default true at a server. */
  dropConnectionOnKeepaliveTimeout?: boolean;
  /** Silence after a ping that drops the connection, 1006; default 10,000. */
  keepaliveGracePeriod?: number;
  /** Let TCP keep the connection alive instead of pings; default false. */
  useNativeKeepalive?: boolean;

  // What the npm package `websocket` does not have.

  /**
   * Bytes that may wait for a peer that reads too slowly before the next message drops the
   * connection, 1013; default 16 MiB, 0 = no limit.
   */
  maxSendQueueSize?: number;
  /** How long an opening handshake may take; default 10,000 at a server and 30,000 at a client. */
  handshakeTimeout?: number;
  /**
   * permessage-deflate (RFC 7692): accept it as a server, offer it as a client. Default false. Messages
   * are then not fragmented, and with `assembleFragments: false` it is off.
   */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** Any other limit of the engine. */
  limits?: Partial<TransportLimits>;
}

/** Options of a server. */
export interface ServerConfig extends ConnectionConfig {
  /** The HTTP or HTTPS server, or servers, whose upgrades to take. */
  httpServer: Server | HttpsServer | readonly (Server | HttpsServer)[];
  /**
   * Accept every connection, with the first subprotocol the client offers, instead of emitting
   * `request`; default false.
   */
  autoAcceptConnections?: boolean;
  /** Do not look at X-Forwarded-For, whoever wrote it; default false. */
  ignoreXForwardedFor?: boolean;
  /** Fill `request.cookies`; default true. */
  parseCookies?: boolean;
  /** Fill `request.requestedExtensions`; default true. */
  parseExtensions?: boolean;

  // What the npm package `websocket` does not have.

  /** Proxies whose X-Forwarded-For is believed: addresses and networks; default none. */
  trustedProxies?: readonly string[];
  /** Protocol versions spoken; default `[13]`. 8 is the draft with the same framing. */
  webSocketVersions?: readonly (8 | 13)[];
  /**
   * Origins that may connect, each `scheme://host[:port]`; another is refused 403. Default: with
   * `autoAcceptConnections` a request with cookies must come from the origin it goes to (RFC 6455
   * 10.2); without it the application decides. Who sends no Origin is no page, and is let in. `'*'` allows all.
   */
  allowedOrigins?: readonly string[] | '*';
}

/** Options of a client. */
export interface ClientConfig extends ConnectionConfig {
  /** 13 (default), or 8: the draft with the same framing. */
  webSocketVersion?: 8 | 13;
  /** Options of `tls.connect` for wss: URLs, and `headers` that are sent over TLS alone. */
  tlsOptions?: ConnectionOptions & SecureContextOptions & { headers?: Record<string, string> };
}

/** What has no options says nothing, as in `websocket`. */
export function optionsOf<Options extends object>(
  given: Options | null | undefined,
): Partial<Options> {
  return typeof given === 'object' && given !== null ? given : {};
}

const KIB = 1024;

const BOTH_ENDS = {
  fragmentOutgoingMessages: true,
  fragmentationThreshold: 16 * KIB,
  assembleFragments: true,
  disableNagleAlgorithm: true,
  closeTimeout: 5_000,
  maxSendQueueSize: 16 * KIB * KIB,
  perMessageDeflate: false,
} as const;

export const SERVER_DEFAULTS = Object.freeze({
  ...BOTH_ENDS,
  maxReceivedFrameSize: 64 * KIB,
  maxReceivedMessageSize: KIB * KIB,
  keepalive: true,
  keepaliveInterval: 20_000,
  dropConnectionOnKeepaliveTimeout: true,
  keepaliveGracePeriod: 10_000,
  useNativeKeepalive: false,
  autoAcceptConnections: false,
  ignoreXForwardedFor: false,
  parseCookies: true,
  parseExtensions: true,
});

export const CLIENT_DEFAULTS = Object.freeze({
  ...BOTH_ENDS,
  maxReceivedFrameSize: KIB * KIB,
  maxReceivedMessageSize: 8 * KIB * KIB,
  webSocketVersion: 13,
  tlsOptions: {},
} as const);

/**
 * The options with defaults filled in; undefined counts as left out.
 * @throws {UsageError} naming the option, for a number that can mean nothing
 */
export function withDefaults<Defaults extends ConnectionConfig, Given extends ConnectionConfig>(
  defaults: Defaults,
  given: Given,
): Defaults & Given {
  const config: Defaults & Given = { ...defaults, ...given };
  for (const [name, value] of Object.entries(defaults)) {
    if (Reflect.get(given, name) === undefined) Reflect.set(config, name, value);
  }
  if (given.maxReceivedMessageSize === undefined) {
    const { maxReceivedFrameSize = 0, maxReceivedMessageSize = 0 } = config;
    config.maxReceivedMessageSize = Math.max(maxReceivedFrameSize, maxReceivedMessageSize);
  }
  check(config);
  return config;
}

/** Least value of each number that is not a limit of the engine, which checks its own. */
const NUMBERS = {
  fragmentationThreshold: 1,
  keepaliveInterval: 1,
  keepaliveGracePeriod: 1,
  maxSendQueueSize: 0,
  handshakeTimeout: 0,
} as const;

function check(config: ConnectionConfig): void {
  for (const [name, least] of Object.entries(NUMBERS)) {
    const value: unknown = Reflect.get(config, name);
    if (value === undefined || (typeof value === 'number' && value >= least)) continue;
    throw new UsageError(
      `Cannot use option ${name}: current value is ${inspect(value)}, allowed are numbers from ${least}`,
    );
  }
  if (!config.keepalive || config.keepaliveInterval !== undefined) return;
  throw new UsageError('Cannot use option keepalive: keepaliveInterval is needed too');
}
