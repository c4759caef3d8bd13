import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  resolveCompression,
  type Compression,
  type PerMessageDeflateOptions,
} from '../deflate/deflate-options.js';
import { originAllowed } from '../handshake/origin.js';
import { HandshakeError, UsageError } from '../protocol/errors.js';
import { WS_LIMITS, wsLimits, type TransportLimits } from '../protocol/limits.js';
import { WebSocket, type ConnectionKeeper } from './websocket.js';
import { PendingConnections } from './pending-connections.js';
import { createUpgradeOnlyServer } from '../upgrade/upgrade-only-server.js';
import { DEFAULT_HANDSHAKE_TIMEOUT, UpgradeRequest } from '../upgrade/upgrade-request.js';
import { UpgradeRouter } from '../upgrade/upgrade-router.js';

/** What `verifyClient` decides by. */
export interface ClientInfo {
  /**
   * The Origin header. Browsers always send it; without one it is undefined, although the type, as that
   * of `ws`, does not say so.
   */
  origin: string;
  /** Whether the client came over TLS. */
  secure: boolean;
  req: IncomingMessage;
}

/** Says whether a client is let in, at once or through the callback. */
export type VerifyClient =
  | ((info: ClientInfo) => boolean | Promise<boolean>)
  | ((
      info: ClientInfo,
      callback: (
        ok: boolean,
        code?: number,
        message?: string,
        headers?: Record<string, string>,
      ) => void,
    ) => void);

/** Options of `WebSocketServer`: those of `ws`, and every limit of a connection, by default `WS_LIMITS`. */
export interface WebSocketServerOptions extends Partial<TransportLimits> {
  /** Port to listen on; 0 picks a free one. One of `port`, `server` and `noServer` is needed. */
  port?: number;
  /** Address to listen on, with `port`; default all. */
  host?: string;
  /** Length of the queue of pending TCP connections; default Node's 511. */
  backlog?: number;
  /** An HTTP or HTTPS server whose upgrades to take. */
  server?: Server | HttpsServer;
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
   * Origins that may connect, each `scheme://host[:port]`; another is refused 403. Default: a request
   * with cookies must come from the origin it goes to, any other from anywhere (RFC 6455 10.2). Set it
   * behind a proxy that ends TLS, where this server cannot know its own scheme. `'*'` allows all.
   */
  allowedOrigins?: readonly string[] | '*';
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
const DEFAULTS: WebSocketServerOptions = Object.freeze({
  ...WS_LIMITS,
  allowSynchronousEvents: true,
  clientTracking: true,
  noServer: false,
  perMessageDeflate: false,
});

/** Connections of one address that have not finished their handshake, on a server of our own. */
const MAX_PENDING_PER_ADDRESS = 1_024;

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
  private readonly server: Server | HttpsServer | null;
  private readonly ownsServer: boolean;
  private readonly pending: PendingConnections | null;
  private readonly detach: (() => void) | null;
  private state: 'running' | 'closing' | 'closed' = 'running';
  // The upgrade `shouldHandle` has just been asked about, for it is asked once.
  private claimed: IncomingMessage | null = null;
  // Whether nothing new can come: then the last connection to close ends this server.
  private detached = false;

  /**
   * @param callback added to the `listening` event
   * @throws {UsageError} unless exactly one of `port`, `server` and `noServer` is given
   */
  constructor(options: WebSocketServerOptions, callback?: () => void) {
    super();
    const { port, server, noServer } = options;
    const given = [port != null, server != null, noServer === true].filter(Boolean).length;
    if (given !== 1) {
      throw new UsageError(
        `Cannot create a WebSocketServer: ${given} of the options port, server and noServer are given, allowed is exactly one`,
      );
    }
    this.options = { ...DEFAULTS, ...options };
    this.limits = wsLimits(options);
    this.deflate = resolveCompression(options);
    if (options.clientTracking !== false) this.clients = this.tracked = new Set();
    this.ownsServer = port != null;
    const handshakeTimeout = options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT;
    if (this.ownsServer) {
      // A request that is sent slowly is cut off when an upgrade would be, not after Node's minute.
      const own = createUpgradeOnlyServer({ headersTimeout: handshakeTimeout });
      this.pending = new PendingConnections(own, MAX_PENDING_PER_ADDRESS);
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
    if (upgrade === null) return;
    if (this.state !== 'running') {
      upgrade.reject(503);
    } else if (!this.originAllowed(upgrade)) {
      upgrade.reject(403, { message: 'Origin not allowed' });
    } else if (claimed || this.shouldHandle(request)) {
      this.guard(upgrade, () => this.verify(upgrade, accepted));
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

  private attachTo(server: Server | HttpsServer): () => void {
    const onListening = (): void => void this.emit('listening');
    const onError = (error: Error): void => void this.emit('error', error);
    server.on('listening', onListening);
    server.on('error', onError);
    const unmount = UpgradeRouter.of(server).mount({
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

  private originAllowed(upgrade: UpgradeRequest): boolean {
    const { allowedOrigins } = this.options;
    if (allowedOrigins === '*') return true;
    const { host, cookie } = upgrade.request.headers;
    const { secure } = upgrade;
    return originAllowed(upgrade.origin, {
      host,
      secure,
      hasCookies: cookie !== undefined,
      ...(allowedOrigins && { allowedOrigins }),
    });
  }

  private verify(upgrade: UpgradeRequest, accepted: Accepted): void {
    const { verifyClient } = this.options;
    if (verifyClient == null) {
      this.complete(upgrade, accepted);
      return;
    }
    const info = { origin: upgrade.origin!, secure: upgrade.secure, req: upgrade.request };
    if (verifyClient.length < 2) {
      const verdict = (verifyClient as (info: ClientInfo) => boolean | Promise<boolean>)(info);
      const decide = (ok: boolean): void => this.decide(upgrade, accepted, ok);
      if (typeof verdict === 'boolean') decide(verdict);
      else this.await(upgrade, verdict, decide);
      return;
    }
    const returned: unknown = verifyClient(info, (ok, code, message, headers) => {
      if (upgrade.settled) return;
      this.guard(upgrade, () => this.decide(upgrade, accepted, ok, code, message, headers));
    });
    // It has its callback; but an async one may also fail, and must not end the process with that.
    if (returned instanceof Promise)
      returned.catch((cause: unknown) => this.refuse(upgrade, cause));
  }

  private decide(
    upgrade: UpgradeRequest,
    accepted: Accepted,
    ok: boolean,
    code?: number,
    message?: string,
    headers?: Record<string, string>,
  ): void {
    if (ok) {
      this.complete(upgrade, accepted);
    } else {
      upgrade.reject(code || 401, {
        ...(message ? { message } : {}),
        ...(headers ? { headers } : {}),
      });
    }
  }

  /** An async hook's promise is an object, so taking it for a verdict would let everybody in. */
  private await(upgrade: UpgradeRequest, verdict: unknown, decide: (ok: boolean) => void): void {
    void Promise.resolve(verdict).then(
      (ok) => upgrade.settled || this.guard(upgrade, () => decide(Boolean(ok))),
      (cause: unknown) => this.refuse(upgrade, cause),
    );
  }

  private complete(upgrade: UpgradeRequest, accepted: Accepted): void {
    if (this.state !== 'running') {
      upgrade.reject(503);
      return;
    }
    const { request } = upgrade;
    const protocol = this.pickProtocol(upgrade);
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

  private refuse(upgrade: UpgradeRequest, cause: unknown): void {
    if (upgrade.settled) return;
    this.guard(upgrade, () => {
      throw cause;
    });
  }

  /** A hook that throws, perhaps over what the client sent, refuses this client and no other. */
  private guard(upgrade: UpgradeRequest, decide: () => void): void {
    try {
      decide();
    } catch (cause) {
      if (upgrade.settled) throw cause;
      const error = new HandshakeError(
        'The handshake could not be decided',
        'WS_ERR_HANDSHAKE_HOOK',
        500,
      );
      error.cause = cause;
      upgrade.reject(500);
      this.emit('wsClientError', error, upgrade.request.socket, upgrade.request);
    }
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
