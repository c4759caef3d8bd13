import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { resolveCompression, type PerMessageDeflateOptions } from '../deflate/deflate-options.js';
import { TrustedProxies } from '../upgrade/trusted-proxies.js';
import { UsageError, type HandshakeError } from '../protocol/errors.js';
import { wsLimits, type TransportLimits } from '../protocol/limits.js';
import { pageAllowed, pageRefusal, pageRefusalLog } from '../upgrade/page-origin.js';
import { createUpgradeOnlyServer } from '../upgrade/upgrade-only-server.js';
import { DEFAULT_HANDSHAKE_TIMEOUT, UpgradeRequest } from '../upgrade/upgrade-request.js';
import { UpgradeRouter } from '../upgrade/upgrade-router.js';
import { ClientVerification } from './client-verification.js';
import { PendingConnections } from './pending-connections.js';
import {
  maxPendingPerAddress,
  SERVER_DEFAULTS,
  type WebSocketServerOptions,
} from './websocket-server-options.js';
import { WebSocket, type ConnectionKeeper } from './websocket.js';

type Accepted = (ws: WebSocket, request: IncomingMessage) => void;

/**
 * A WebSocket server under the API of `ws`. Events: `listening`, `connection(ws, request)`,
 * `headers(lines, request)`, `wsClientError(error, socket, request)`, `error`, `close`.
 */
export class WebSocketServer extends EventEmitter implements ConnectionKeeper {
  readonly options: WebSocketServerOptions;
  /**
   * The open connections; undefined when `clientTracking` is false, although the type, as that of `ws`,
   * does not say so.
   */
  readonly clients!: Set<WebSocket>;

  private readonly tracked: Set<WebSocket> | undefined;
  private readonly limits: Readonly<TransportLimits>;
  private readonly deflate: PerMessageDeflateOptions | false;
  private readonly proxies: TrustedProxies;
  private readonly server: Server | HttpsServer | null;
  private readonly ownsServer: boolean;
  private readonly pending: PendingConnections | null;
  private readonly detach: (() => void) | null;
  private state: 'running' | 'closing' | 'closed' = 'running';
  // The upgrade `shouldHandle` has just been asked about, for it is asked once.
  private claimed: IncomingMessage | null = null;
  private hasToldOfOrigins = false;
  // Whether nothing new can come: then the last connection to close ends this server.
  private detached = false;

  /**
   * @param callback added to the `listening` event
   * @throws {UsageError} unless exactly one of `port`, `server` and `noServer` is given
   */
  constructor(options: WebSocketServerOptions = {}, callback?: () => void) {
    super();
    const { port, server, noServer } = options;
    const given = [port != null, server != null, noServer === true].filter(Boolean).length;
    if (given !== 1) {
      throw new UsageError(
        `One and only one of the "port", "server", or "noServer" options must be specified: ${given} of the options are given`,
      );
    }
    this.options = { ...SERVER_DEFAULTS, ...options };
    this.limits = wsLimits(options);
    this.deflate = resolveCompression(options);
    this.proxies = new TrustedProxies(options.trustedProxies);
    if (options.clientTracking !== false) this.clients = this.tracked = new Set();
    this.ownsServer = port != null;
    const handshakeTimeout = options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT;
    if (this.ownsServer) {
      // A request that is sent slowly is cut off when an upgrade would be, not after Node's minute.
      const own = createUpgradeOnlyServer({ headersTimeout: handshakeTimeout });
      this.pending = new PendingConnections(own, maxPendingPerAddress(options));
      this.server = own;
    } else {
      this.pending = null;
      this.server = server ?? null;
    }
    this.detach = this.server === null ? null : this.attachTo(this.server);
    if (this.ownsServer) {
      this.server!.listen(port, options.host, options.backlog, callback);
    }
  }

  /** The bound address, as `net.Server.address()` tells it; null before listening and once closed. */
  address(): AddressInfo | string | null {
    if (this.server === null)
      throw new UsageError('Cannot tell the address: the server has none ("noServer")');
    return this.state === 'running' ? this.server.address() : null;
  }

  /** What a log shows of it; no option, which may hold a key, and no client. */
  toJSON(): { path: string | null; clients: number } {
    return { path: this.options.path ?? null, clients: this.tracked?.size ?? 0 };
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
    const claimed = request === this.claimed;
    this.claimed = null;
    const upgrade = UpgradeRequest.read(request, socket, head, {
      limits: this.limits,
      perMessageDeflate: this.deflate,
      handshakeTimeout: this.options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT,
      refused: (error) => this.reportRefusal(error, socket, request),
    });
    // A client that left while the application made up its mind is let go without a word, as by `ws`.
    if (upgrade === null || upgrade.settled) return;
    if (this.state !== 'running') {
      upgrade.reject(503);
    } else if (!pageAllowed(upgrade.opening, this.options.allowedOrigins, this.proxies)) {
      this.refusePage(upgrade);
    } else if (claimed || this.shouldHandle(request)) {
      this.verifying(upgrade);
      new ClientVerification(upgrade, {
        admitted: () => this.complete(upgrade, accepted),
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
    if (this.state === 'closed') {
      if (callback) {
        const error = new UsageError('The server is not running', 'WS_ERR_SERVER_NOT_RUNNING');
        process.nextTick(callback, error);
      }
      return;
    }
    if (callback) this.once('close', callback);
    if (this.state === 'closing') return;
    this.state = 'closing';
    this.detach?.();
    if (this.ownsServer) this.server!.close(() => this.listeningEnded());
    else process.nextTick(() => this.listeningEnded());
  }

  /** @internal Told of each upgrade before `verifyClient` is asked, for subclasses that keep account of them. */
  protected verifying(_upgrade: UpgradeRequest): void {}

  private attachTo(server: Server | HttpsServer): () => void {
    const onListening = (): void => void this.emit('listening');
    const onError = (error: Error): void => void this.emit('error', error);
    server.on('listening', onListening);
    server.on('error', onError);
    const unmount = UpgradeRouter.of(server).mount({
      handshakeTimeout: this.options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT,
      claims: (request) => {
        const claims = this.shouldHandle(request);
        if (claims) this.claimed = request;
        return claims;
      },
      handle: (request, socket, head) => {
        this.pending?.settle(socket);
        this.handleUpgrade(
          request,
          socket,
          head,
          (ws, req) => void this.emit('connection', ws, req),
        );
      },
    });
    return () => {
      server.removeListener('listening', onListening);
      server.removeListener('error', onError);
      unmount();
    };
  }

  private refusePage(upgrade: UpgradeRequest): void {
    const { allowedOrigins } = this.options;
    upgrade.reject(403, { message: pageRefusal(allowedOrigins) });
    if (allowedOrigins !== undefined || this.hasToldOfOrigins) return;
    this.hasToldOfOrigins = true;
    process.emitWarning(pageRefusalLog(upgrade.opening), { code: 'NESTWIRE_ORIGIN' });
  }

  private complete(upgrade: UpgradeRequest, accepted: Accepted): void {
    if (this.state !== 'running') {
      upgrade.reject(503);
      return;
    }
    const { request } = upgrade;
    const protocol = this.pickProtocol(upgrade);
    // The hook may have ended the socket, or the client has.
    if (upgrade.settled) return;
    const ws = new (this.options.WebSocket ?? WebSocket)(null, undefined, this.options);
    const transport = upgrade.accept({
      listener: ws,
      ...(protocol ? { protocol } : {}),
      ...(this.listenerCount('headers') > 0
        ? { editHead: (lines: string[]) => void this.emit('headers', lines, request) }
        : {}),
    });
    ws.attach(transport, this.tracked ? this : null);
    this.tracked?.add(ws);
    accepted(ws, request);
  }

  /** @internal */
  connectionClosed(ws: WebSocket): void {
    this.tracked!.delete(ws);
    if (this.detached && this.tracked!.size === 0) process.nextTick(() => this.emitClose());
  }

  private pickProtocol(upgrade: UpgradeRequest): string | false | undefined {
    if (upgrade.protocols.length === 0) return undefined;
    const { handleProtocols } = this.options;
    if (handleProtocols == null) return upgrade.protocols[0];
    return handleProtocols(new Set(upgrade.protocols), upgrade.request);
  }

  private reportRefusal(error: HandshakeError, socket: Duplex, request: IncomingMessage): boolean {
    if (this.listenerCount('wsClientError') === 0) return false;
    this.emit('wsClientError', error, socket, request);
    return true;
  }

  /** A server's own end is told when its sockets are closed, which is before they tell it themselves. */
  private listeningEnded(): void {
    this.detached = true;
    if (!this.tracked || this.tracked.size === 0) this.emitClose();
  }

  private emitClose(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.emit('close');
  }
}
