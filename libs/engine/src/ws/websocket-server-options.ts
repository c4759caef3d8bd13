import type { IncomingMessage } from 'node:http';
import type { Compression, PerMessageDeflateOptions } from '../deflate/deflate-options.js';
import { checkKinds } from '../client/option-kinds.js';
import { UsageError } from '../protocol/errors.js';
import { WS_LIMITS, type TransportLimits } from '../protocol/limits.js';
import { checkAllowedOrigins } from '../upgrade/page-origin.js';
import type { UpgradableServer } from '../upgrade/upgradable-server.js';
import type { VerifyClient } from './client-verification.js';
import type { WebSocket } from './websocket.js';

/** Options of `WebSocketServer`: those of `ws`, and every limit of a connection, by default `WS_LIMITS`. */
export interface WebSocketServerOptions extends Partial<TransportLimits> {
  /** Port to listen on; 0 picks a free one. One of `port`, `server` and `noServer` is needed. */
  port?: number;
  /** Address to listen on, with `port`; default all. */
  host?: string;
  /** Length of the queue of pending TCP connections; default Node's 511. */
  backlog?: number;
  /**
   * With `port`: connections of one address that may have sent no complete request a second after they
   * came; one more is reset. 0 = no limit. Default 1,024; a proxy or load balancer in front is one address.
   */
  maxPendingPerAddress?: number;
  /**
   * With a server of HTTP/2: WebSockets that one of its sessions may have; one more is refused 503. 0 = no
   * limit. Default 256.
   */
  maxPerSession?: number;
  /** An HTTP or HTTPS server whose upgrades to take. */
  server?: UpgradableServer;
  /** Take no upgrades by itself: `handleUpgrade` is called by the application. */
  noServer?: boolean;
  /** Take only upgrades with exactly this path. */
  path?: string;
  /** Keep the open connections in `clients`; default true. */
  clientTracking?: boolean;
  /** Lets clients in or refuses them, by default with 401. Default: all are let in. */
  verifyClient?: VerifyClient;
  /** Picks one of the offered subprotocols, or false for none. Default: the first offered. */
  handleProtocols?: (protocols: Set<string>, request: IncomingMessage) => string | false;
  /**
   * Origins that may connect, each `scheme://host[:port]`; another is refused 403. Default: a page whose
   * browser adds cookies, HTTP authentication or a client certificate must come from the host and port
   * it goes to, and the scheme, where that is known; any other page from anywhere (RFC 6455 10.2). Set it
   * behind a proxy that changes the Host header. Who sends no Origin is no page, and is let in. `'*'`
   * allows all.
   */
  allowedOrigins?: readonly string[] | '*';
  /**
   * Addresses and networks (`10.0.0.0/8`) of proxies whose X-Forwarded-Proto is believed; default none,
   * and behind a proxy the scheme is not known.
   */
  trustedProxies?: readonly string[];
  /** Milliseconds an upgrade may take, `verifyClient` included; default 10,000. */
  handshakeTimeout?: number;
  /**
   * Accept permessage-deflate (RFC 7692) when a client offers it. Default false; true accepts it
   * without context takeover, so that connections need no state of their own.
   */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** The same choice by what it costs; an alternative to `perMessageDeflate`. */
  compression?: Compression;
  /** Bytes above which a message is sent uncompressed; default 1 MiB. */
  maxCompressedSize?: number;
  /** Whether several messages, pings or pongs may be handed out in one turn; default true. */
  allowSynchronousEvents?: boolean;
  /** The class of the connections; must be `WebSocket` or extend it. */
  WebSocket?: typeof WebSocket;
}

/** What `options` tells beside what is given; the limits have their own. */
export const SERVER_DEFAULTS: WebSocketServerOptions = Object.freeze({
  ...WS_LIMITS,
  allowSynchronousEvents: true,
  clientTracking: true,
  noServer: false,
  perMessageDeflate: false,
});

/** Of the options that nothing below looks at before a client comes. */
const KINDS = {
  path: 'string',
  verifyClient: 'function',
  handleProtocols: 'function',
  WebSocket: 'function',
  handshakeTimeout: 'count',
  maxPerSession: 'count',
} as const;

/** What cannot be used is told whoever starts the server, not the first client. @throws {UsageError} */
export function checkServerOptions(options: WebSocketServerOptions): void {
  checkKinds(options, KINDS);
  checkAllowedOrigins(options.allowedOrigins);
}

const DEFAULT_MAX_PENDING = 1_024;

/** @throws {UsageError} for what is no whole number from 0 */
export function maxPendingPerAddress({
  maxPendingPerAddress: most = DEFAULT_MAX_PENDING,
}: WebSocketServerOptions): number {
  if (Number.isSafeInteger(most) && most >= 0) return most;
  throw new UsageError(
    `Cannot use option maxPendingPerAddress: a whole number from 0 is expected, current value is ${String(most)}`,
  );
}
