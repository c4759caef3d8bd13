import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { resolveCompression, type PerMessageDeflateOptions } from '../deflate/deflate-options.js';
import { TrustedProxies } from '../upgrade/trusted-proxies.js';
import { UsageError, type HandshakeError } from '../protocol/errors.js';
import { wsLimits, type TransportLimits } from '../protocol/limits.js';
import { pageAllowed, pageRefusal, pageRefusalLog } from '../upgrade/page-origin.js';
import type { UpgradableServer } from '../upgrade/upgradable-server.js';
import { createUpgradeOnlyServer } from '../upgrade/upgrade-only-server.js';
import { DEFAULT_MAX_PER_SESSION } from '../upgrade/http2-only-server.js';
import { DEFAULT_HANDSHAKE_TIMEOUT, UpgradeRequest } from '../upgrade/upgrade-request.js';
import { UpgradeRouter } from '../upgrade/upgrade-router.js';
import { ClientVerification } from './client-verification.js';
import type { ConnectionKeeper } from './connection-end.js';
import { PendingConnections } from './pending-connections.js';
import { named } from './shape/error-names.js';
import {
  checkServerOptions,
  maxPendingPerAddress,
  SERVER_DEFAULTS,
  type WebSocketServerOptions,
} from './websocket-server-options.js';
import { attachTransport, listenerOf, WebSocket } from './websocket.js';

/** Called with the open connection. */
export type Accepted = (ws: WebSocket, request: IncomingMessage) => void;

const VERSIONS = [13, 8];

/** Told of each upgrade before `verifyClient` is asked, for subclasses that keep account of them. */
export const kVerifying = Symbol('verifying');
/** Instead of `completeUpgrade`, for an upgrade that was let in. */
export const kAdmitted = Symbol('admitted');
// A symbol and not `#parts`: a Proxy around a server has to work.
const kParts = Symbol('parts');

/** What a server is made of. Subclasses may have members of any name. */
interface ServerParts extends ConnectionKeeper {
  readonly tracked: Set<WebSocket> | undefined;
  readonly limits: Readonly<TransportLimits>;
  readonly deflate: PerMessageDeflateOptions | false;
  readonly proxies: TrustedProxies;
  readonly server: UpgradableServer | null;
  readonly ownsServer: boolean;
  readonly pending: PendingConnections | null;
  detach: (() => void) | null;
  state: 'running' | 'closing' | 'closed';
  /** Upgrades `shouldHandle` was asked about, for it is asked once. */
  readonly claimed: WeakSet<IncomingMessage>;
  hasToldOfOrigins: boolean;
  /** Whether nothing new can come: then the last connection to close ends this server. */
  detached: boolean;
}

/**
 * A WebSocket server under the API of `ws`. Events: `listening`, `connection(ws, request)`,
 * `headers(lines, request)`, `wsClientError(error, socket, request)`, `error`, `close`.
 */
export class WebSocketServer extends EventEmitter {
  readonly options: WebSocketServerOptions;
  /**
   * The open connections; undefined when `clientTracking` is false, although the type, as that of `ws`,
   * does not say so.
   */
  readonly clients!: Set<WebSocket>;

  /** @internal Not enumerable, for loggers show what is. */
  declare readonly [kParts]: ServerParts;

  /**
   * @param callback added to the `listening` event
   * @throws {UsageError} unless exactly one of `port`, `server` and `noServer` is given
   */
  constructor(given?: WebSocketServerOptions | null, callback?: () => void) {
    super();
    const options = given ?? {};
    const { port, server, noServer } = options;
    const ways = [port != null, Boolean(server), Boolean(noServer)].filter(Boolean).length;
    if (ways !== 1) {
      const problem =
        'One and only one of the "port", "server", or "noServer" options must be specified';
      throw named(new UsageError(problem), 'TypeError');
    }
    this.options = { ...SERVER_DEFAULTS, ...options };
    checkServerOptions(options);
    const limits = wsLimits(options);
    const deflate = resolveCompression(options);
    const proxies = new TrustedProxies(options.trustedProxies);
    const tracked = options.clientTracking === false ? undefined : new Set<WebSocket>();
    if (tracked !== undefined) this.clients = tracked;
    const ownsServer = port != null;
    // A request that is sent slowly is cut off when an upgrade would be, not after Node's minute.
    const headersTimeout = options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT;
    const own = ownsServer ? createUpgradeOnlyServer({ headersTimeout }) : null;
    const parts: ServerParts = {
      tracked,
      limits,
      deflate,
      proxies,
      server: own ?? (server || null),
      ownsServer,
      pending: own === null ? null : new PendingConnections(own, maxPendingPerAddress(options)),
      detach: null,
      state: 'running',
      claimed: new WeakSet(),
      hasToldOfOrigins: false,
      detached: false,
      connectionClosed: (ws) => {
        tracked!.delete(ws as WebSocket);
        if (parts.detached && tracked!.size === 0) process.nextTick(emitClose, this);
      },
    };
    Object.defineProperty(this, kParts, { value: parts });
    if (parts.server !== null) parts.detach = attachTo(this, parts.server);
    own?.listen(port, options.host, options.backlog, callback);
  }

  /** The bound address, as `net.Server.address()` tells it; null before listening and once closed. */
  address(): AddressInfo | string | null {
    const { server, state } = this[kParts];
    if (server === null) {
      throw named(new UsageError('The server is operating in "noServer" mode'));
    }
    return state === 'running' ? server.address() : null;
  }

  /** What a log shows of it; no option, which may hold a key, and no client. */
  toJSON(): { path: string | null; clients: number } {
    return { path: this.options.path ?? null, clients: this[kParts].tracked?.size ?? 0 };
  }

  /** Whether an upgrade is meant for this server. Override it for rules other than `path`. */
  shouldHandle(request: IncomingMessage): boolean {
    const { path } = this.options;
    if (path == null) return true;
    const target = request.url ?? '';
    const query = target.indexOf('?');
    return (query < 0 ? target : target.slice(0, query)) === path;
  }

  /**
   * Takes one upgrade: checks it, asks `verifyClient` and `handleProtocols`, answers it, and calls
   * back with the open connection.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, accepted: Accepted): void {
    const parts = this[kParts];
    const claimed = parts.claimed.delete(request);
    const upgrade = readUpgrade(this, request, socket, head);
    // A client that left while the application made up its mind is let go without a word, as by `ws`.
    if (upgrade === null || upgrade.settled) return;
    if (parts.state !== 'running') {
      upgrade.reject(503);
    } else if (!pageAllowed(upgrade.opening, this.options.allowedOrigins, parts.proxies)) {
      refusePage(this, upgrade);
    } else if (claimed || this.shouldHandle(request)) {
      this[kVerifying]?.(upgrade);
      new ClientVerification(upgrade, {
        admitted: () => {
          if (this[kAdmitted] === undefined) completeUpgrade(this, upgrade, accepted);
          else this[kAdmitted](upgrade, socket, head, accepted);
        },
        hookFailed: (error) => void this.emit('wsClientError', error, socket, request),
      }).ask(this.options.verifyClient);
    } else {
      upgrade.reject(404, { message: 'No WebSocket is served at this path' });
    }
  }

  /**
   * Stops taking upgrades. Open connections are left as they are; `close` is emitted when the last is
   * gone.
   */
  close(callback?: (error?: Error) => void): void {
    const parts = this[kParts];
    if (parts.state === 'closed') {
      // As in `ws`: who waits for the event hears it again.
      if (callback) {
        const error = new UsageError('The server is not running', 'WS_ERR_SERVER_NOT_RUNNING');
        this.once('close', () => callback(named(error)));
      }
      process.nextTick(() => this.emit('close'));
      return;
    }
    if (callback) this.once('close', callback);
    if (parts.state === 'closing') return;
    parts.state = 'closing';
    parts.detach?.();
    if (parts.ownsServer) parts.server!.close(() => listeningEnded(this));
    else process.nextTick(listeningEnded, this);
  }

  /** @internal */
  [kVerifying]?(upgrade: UpgradeRequest): void;
  /** @internal */
  [kAdmitted]?(upgrade: UpgradeRequest, socket: Duplex, head: Buffer, accepted: Accepted): void;
}

// Functions and no methods: a class that extends this one may have methods of these names.

function attachTo(wss: WebSocketServer, server: UpgradableServer): () => void {
  const parts = wss[kParts];
  const onListening = (): void => void wss.emit('listening');
  const onError = (error: Error): void => void wss.emit('error', error);
  server.on('listening', onListening);
  server.on('error', onError);
  const unmount = UpgradeRouter.of(server).mount({
    handshakeTimeout: wss.options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT,
    maxPerSession: wss.options.maxPerSession ?? DEFAULT_MAX_PER_SESSION,
    claims: (request) => {
      const claims = wss.shouldHandle(request);
      if (claims) parts.claimed.add(request);
      return claims;
    },
    handle: (request, socket, head) => {
      parts.pending?.settle(socket);
      wss.handleUpgrade(request, socket, head, (ws, req) => void wss.emit('connection', ws, req));
    },
  });
  return () => {
    server.removeListener('listening', onListening);
    server.removeListener('error', onError);
    unmount();
  };
}

function refusePage(wss: WebSocketServer, upgrade: UpgradeRequest): void {
  const parts = wss[kParts];
  const { allowedOrigins } = wss.options;
  upgrade.reject(403, { message: pageRefusal(allowedOrigins) });
  if (allowedOrigins !== undefined || parts.hasToldOfOrigins) return;
  parts.hasToldOfOrigins = true;
  process.emitWarning(pageRefusalLog(upgrade.opening), { code: 'NESTWIRE_ORIGIN' });
}

/** The HTTP server of `wss`, until it begins to close; and how far that has come. */
export function stateOf(wss: WebSocketServer): Pick<ServerParts, 'server' | 'state'> {
  return wss[kParts];
}

/** Reads an upgrade as `wss` takes it. @returns null when it was refused */
export function readUpgrade(
  wss: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): UpgradeRequest | null {
  const { limits, deflate } = wss[kParts];
  return UpgradeRequest.read(request, socket, head, {
    // RFC 6455 4.4: a server may speak other versions, and the frames of 8 are the same.
    versions: VERSIONS,
    limits,
    perMessageDeflate: deflate,
    handshakeTimeout: wss.options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT,
    refused: (error) => reportRefusal(wss, error, socket, request),
  });
}

/** Answers an upgrade that was let in, and hands out the connection. */
export function completeUpgrade(
  wss: WebSocketServer,
  upgrade: UpgradeRequest,
  accepted: Accepted,
): void {
  const parts = wss[kParts];
  const { options } = wss;
  if (parts.state !== 'running') {
    upgrade.reject(503);
    return;
  }
  const { request } = upgrade;
  const protocol = pickProtocol(wss, upgrade);
  // The hook may have ended the socket, or the client has.
  if (upgrade.settled) return;
  const ws = new (options.WebSocket ?? WebSocket)(null, undefined, options);
  const transport = upgrade.accept({
    listener: listenerOf(ws),
    ...(protocol ? { protocol } : {}),
    ...(wss.listenerCount('headers') > 0
      ? { editHead: (lines: string[]) => void wss.emit('headers', lines, request) }
      : {}),
  });
  attachTransport(ws, transport, parts.tracked ? parts : null);
  parts.tracked?.add(ws);
  accepted(ws, request);
}

function pickProtocol(
  { options: { handleProtocols } }: WebSocketServer,
  { protocols, request }: UpgradeRequest,
): string | false | undefined {
  if (protocols.length === 0) return undefined;
  return handleProtocols == null ? protocols[0] : handleProtocols(new Set(protocols), request);
}

function reportRefusal(
  wss: WebSocketServer,
  error: HandshakeError,
  socket: Duplex,
  request: IncomingMessage,
): boolean {
  return wss.emit('wsClientError', named(error), socket, request);
}

/** A server's own end is told when its sockets are closed, which is before they tell it themselves. */
function listeningEnded(wss: WebSocketServer): void {
  const parts = wss[kParts];
  parts.detached = true;
  if (!parts.tracked || parts.tracked.size === 0) emitClose(wss);
}

function emitClose(wss: WebSocketServer): void {
  const parts = wss[kParts];
  if (parts.state === 'closed') return;
  parts.state = 'closed';
  wss.emit('close');
}
