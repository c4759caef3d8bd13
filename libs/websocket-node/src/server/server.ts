import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import {
  HandshakeError,
  PreparedMessage,
  UpgradeRouter,
  UsageError,
  checkAllowedOrigins,
  pageAllowed,
  pageRefusal,
} from '#engine';
import { optionsOf, SERVER_DEFAULTS, withDefaults, type ServerConfig } from '../config/config.js';
import { ConnectionList } from './connection-list.js';
import { connectionCompression, connectionLimits } from '../config/connection-limits.js';
import type { WebSocketConnection } from '../connection/connection.js';
import { bytesOf, toText, type Stringified } from '../connection/message.js';
import { proxiesOf } from '../request/peer-addresses.js';
import { WebSocketRequest } from '../request/request.js';

// Symbols: classes that extend this one may have members of any name, and a Proxy around an object has to work.
const kOpen = Symbol('open');
const kUnmounts = Symbol('unmounts');
const kDecide = Symbol('decide');
const kHandleRequestAccepted = Symbol('handleRequestAccepted');
const kHandleRequestResolved = Symbol('handleRequestResolved');
const kSendToAll = Symbol('sendToAll');

const EMPTY = Buffer.alloc(0);
const WEBSOCKET = /(?:^|,)\s*websocket\s*(?:,|$)/i;

/** Events of a server. */
export interface ServerEvents {
  /** A client asks for a connection; accept or reject it. */
  request: [request: WebSocketRequest];
  /** A request was accepted. */
  connect: [connection: WebSocketConnection];
  /** A connection has closed. */
  close: [connection: WebSocketConnection, reasonCode: number, description: string];
  /** A bad opening handshake, which was answered. */
  upgradeError: [error: Error];
}

/** Takes the upgrades of HTTP servers. Follows `require('websocket').server`. */
export class WebSocketServer extends EventEmitter<ServerEvents> {
  /** The options in force, defaults filled in; undefined before the first `mount`. */
  config: ServerConfig | undefined;
  /** Requests that are neither accepted nor rejected. */
  readonly pendingRequests: WebSocketRequest[] = [];

  /** @internal */
  readonly [kOpen] = new ConnectionList();
  /** @internal */
  readonly [kUnmounts]: (() => void)[] = [];

  /** @param config when given, `mount(config)` is called */
  constructor(config?: ServerConfig) {
    super();
    if (config) this.mount(config);
  }

  /** The open connections, in no order. */
  get connections(): readonly WebSocketConnection[] {
    return this[kOpen].items;
  }

  /**
   * Takes the upgrades of one more HTTP server, or several. The options hold for all connections
   * accepted from now on.
   * @throws {UsageError} without `httpServer`, or for an option that cannot be used
   */
  mount(config: ServerConfig): void {
    const { httpServer } = optionsOf(config);
    const servers = toArray(httpServer);
    if (!httpServer || servers.length === 0) {
      throw new UsageError('Cannot mount the server: the option httpServer is needed');
    }
    for (const server of servers) assertServer(server);
    const merged = { ...withDefaults(SERVER_DEFAULTS, config), httpServer: servers };
    // What cannot be used is told here, not to the first client.
    connectionLimits(merged);
    connectionCompression(merged);
    checkAllowedOrigins(config.allowedOrigins);
    proxiesOf(config);
    this.config = merged;
    for (const server of servers) {
      const unmount = UpgradeRouter.of(server).mount({
        ...(config.handshakeTimeout !== undefined && { handshakeTimeout: config.handshakeTimeout }),
        // What asks for another protocol is for other listeners, if there are any.
        claims: ({ headers }) =>
          WEBSOCKET.test(headers.upgrade ?? '') || server.listenerCount('upgrade') === 1,
        handle: this.handleUpgrade,
      });
      this[kUnmounts].push(unmount);
    }
  }

  /** Takes no more upgrades. Connections stay open. */
  unmount(): void {
    for (const unmount of this[kUnmounts].splice(0)) unmount();
  }

  /** Closes all connections with 1000, and rejects the requests that wait with 503. */
  closeAllConnections(): void {
    for (const connection of this.connections.slice()) connection.close();
    for (const request of this.pendingRequests.slice()) {
      process.nextTick(() => {
        if (!request.isResolved) request.reject(503);
      });
    }
  }

  /** Takes no more upgrades and closes all connections. The HTTP servers stay as they are. */
  shutDown(): void {
    this.unmount();
    this.closeAllConnections();
  }

  /** Sends bytes as a binary message to all connections, and the `toString()` of anything else as text. */
  broadcast(data: Uint8Array | ArrayBuffer | Stringified): void {
    const bytes = bytesOf(data);
    if (bytes === null) this.broadcastUTF(data);
    else this.broadcastBytes(bytes);
  }

  /** Sends a text message to all connections. */
  broadcastUTF(utfData: Stringified): void {
    this[kSendToAll](PreparedMessage.text(toText(utfData)));
  }

  /** Sends a binary message to all connections. @throws {TypeError} for what are no bytes */
  broadcastBytes(binaryData: Uint8Array): void {
    const bytes = bytesOf(binaryData);
    if (bytes === null) throw new TypeError('Cannot send a binary message: a Buffer is needed');
    // One copy for all, for the caller may change its bytes before they have left.
    this[kSendToAll](PreparedMessage.binary(Buffer.from(bytes)));
  }

  /** Reads an upgrade, and answers it or emits `request`. What Node's 'upgrade' event gives. */
  readonly handleUpgrade = (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer = EMPTY,
  ): void => {
    const { config } = this;
    if (config === undefined)
      throw new UsageError('Cannot take an upgrade: mount the server first');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what only sockets of Node have is asked for
    const webSocketRequest = new WebSocketRequest(socket as Socket, request, config, head);
    try {
      webSocketRequest.readHandshake();
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      webSocketRequest.reject(error.status, error.message, error.headers);
      this.emit('upgradeError', error);
      return;
    }
    this.pendingRequests.push(webSocketRequest);
    webSocketRequest.once('requestAccepted', this[kHandleRequestAccepted]);
    webSocketRequest.once('requestResolved', this[kHandleRequestResolved]);
    webSocketRequest.once('requestAbandoned', this[kHandleRequestResolved]);
    this[kDecide](webSocketRequest, config);
  };

  /** @internal */
  [kDecide](request: WebSocketRequest, config: ServerConfig): void {
    if (!isOriginAllowed(request, config)) {
      request.reject(403, pageRefusal(config.allowedOrigins));
    } else if (config.autoAcceptConnections) {
      request.accept(request.requestedProtocols[0], request.origin);
    } else if (this.listenerCount('request') > 0) {
      this.emit('request', request);
    } else {
      request.reject(404, 'No handler is configured to accept the connection.');
    }
  }

  /** @internal */
  readonly [kHandleRequestAccepted] = (connection: WebSocketConnection): void => {
    this[kOpen].add(connection);
    connection.once('close', (reasonCode, description) => {
      this[kOpen].remove(connection);
      this.emit('close', connection, reasonCode, description);
    });
    this.emit('connect', connection);
  };

  /** @internal */
  readonly [kHandleRequestResolved] = (request: WebSocketRequest): void => {
    const index = this.pendingRequests.indexOf(request);
    if (index !== -1) this.pendingRequests.splice(index, 1);
  };

  /** @internal */
  [kSendToAll](message: PreparedMessage): void {
    // A copy, for sending drops a connection whose peer reads too slowly.
    for (const connection of this.connections.slice()) connection.sendPrepared(message);
  }
}

function toArray(httpServer: ServerConfig['httpServer'] | undefined): (Server | HttpsServer)[] {
  return [httpServer ?? []].flat();
}

function assertServer(server: unknown): void {
  if (server instanceof EventEmitter) return;
  throw new UsageError(
    `Cannot mount the server: the option httpServer must be a server of node:http or node:https, or several, current value is ${inspect(server, { depth: 0 })}`,
  );
}

function isOriginAllowed(request: WebSocketRequest, config: ServerConfig): boolean {
  const { allowedOrigins, autoAcceptConnections } = config;
  // Without it the application decides about each request.
  if (allowedOrigins === undefined && !autoAcceptConnections) return true;
  const { httpRequest, origin, secure, host, socket } = request;
  const peerAddress = socket.remoteAddress ?? '';
  const { headers } = httpRequest;
  const facts = { request: httpRequest, headers, origin, secure, host, peerAddress };
  return pageAllowed(facts, allowedOrigins, proxiesOf(config));
}
