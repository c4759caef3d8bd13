import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@nestjs/common';
import {
  createUpgradeOnlyServer,
  DEFAULT_HANDSHAKE_TIMEOUT,
  refuseUpgrade,
  UpgradeRouter,
} from '#engine';
import type { WebSocket } from '#ws';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { describeError } from '../support/describe-error.js';
import { pathOf, type PathMatch } from '../routes/gateway-path.js';
import type { GatewaySocketServer } from './gateway-socket-server.js';
import { AdapterCloseCauses } from './close-causes.js';

export interface PortHostOptions {
  readonly logger: Logger;
  /** Whether clients may come in; before, they are answered 503. */
  ready(): boolean;
  /** Whether the HTTP server closes with the application, which answers 503 until then. */
  readonly endsWithApplication: boolean;
}

/** Of the gateway that comes first at a port of its own. */
interface PortOptions {
  readonly host?: string | undefined;
  readonly backlog?: number | undefined;
  /** Milliseconds the head of a request may take, too. */
  readonly handshakeTimeout?: number | undefined;
}

/** The server a request is for, and what its path has in the places of parameters. */
interface Found {
  readonly server: GatewaySocketServer;
  readonly match?: PathMatch;
}

/** An HTTP server with the gateway servers on it, told apart by path. */
export class PortHost {
  readonly #owned: boolean;
  readonly #options: PortHostOptions;
  readonly #servers = new Set<GatewaySocketServer>();
  /** Drained ones, whose clients may come again to the next process. */
  readonly #retired = new Set<GatewaySocketServer>();
  readonly #unmount: () => void;
  #draining = false;

  /** On a server of the application's, which this neither starts nor ends. */
  static on(httpServer: Server, options: PortHostOptions): PortHost {
    return new PortHost(httpServer, false, options);
  }

  /** On a server of its own, which answers plain requests 426 (RFC 9110 15.5.22). */
  static listen(
    port: number,
    { host, backlog, handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT }: PortOptions,
    options: PortHostOptions,
  ): PortHost {
    const httpServer = createUpgradeOnlyServer({ headersTimeout: handshakeTimeout });
    const portHost = new PortHost(httpServer, true, options);
    httpServer.on('error', (error) => portHost.#failed(port, error));
    httpServer.listen({ port, host, backlog });
    return portHost;
  }

  private constructor(
    readonly httpServer: Server,
    owned: boolean,
    options: PortHostOptions,
  ) {
    this.#owned = owned;
    this.#options = options;
    this.#unmount = UpgradeRouter.of(httpServer).mount({
      exclusive: true,
      claims: (request) => this.#serverFor(request) ?? false,
      handle: (request, socket, head, found) => this.#upgrade(found, request, socket, head),
    });
  }

  /** The server of exactly this path; undefined stands for the one that takes every path. */
  get(path: string | undefined): GatewaySocketServer | undefined {
    for (const server of this.#servers) if (server.path === path) return server;
    return undefined;
  }

  /** @throws {WsConfigurationError} for a path that differs from another in the names of parameters only */
  add(server: GatewaySocketServer): void {
    const { shape } = server.pattern ?? {};
    const twin = [...this.#servers].find(({ pattern }) => pattern?.shape === shape);
    if (shape !== undefined && twin !== undefined) {
      throw new WsConfigurationError(
        `Cannot create gateway: its path ${server.path ?? ''} takes the same clients as ${twin.path ?? ''} of another @WebSocketGateway, expected parameters of the same names, or another path`,
      );
    }
    for (const old of this.#retired) if (old.path === server.path) this.#retired.delete(old);
    this.#servers.add(server);
  }

  remove(server: GatewaySocketServer): void {
    if (this.#servers.delete(server)) this.#retired.add(server);
  }

  /** Lets nobody in any more, and says goodbye with `farewell` to those there are. */
  async drain(farewell: (server: GatewaySocketServer) => Promise<void>): Promise<void> {
    this.#draining = true;
    await Promise.all([...this.#servers].map(farewell));
  }

  async close(): Promise<void> {
    this.#draining = true;
    if (!this.#owned && !this.#options.endsWithApplication) {
      this.#unmount();
      return;
    }
    UpgradeRouter.of(this.httpServer).close();
    // Not before: who comes in the meantime is to be told 503, and nobody else would.
    this.httpServer.once('close', this.#unmount);
    if (!this.#owned) return;
    const closed = new Promise<void>((resolve) => this.httpServer.close(() => resolve()));
    // Plain requests kept alive would hold the port.
    this.httpServer.closeAllConnections();
    await closed;
  }

  /** A path that is written out comes before one with parameters, that before the one for every path. */
  #serverFor(request: IncomingMessage): Found | undefined {
    const path = pathOf(request.url ?? '');
    const exact = this.get(path);
    if (exact !== undefined) return { server: exact };
    for (const server of this.#servers) {
      const match = server.pattern?.match(path) ?? undefined;
      if (match !== undefined) return { server, match };
    }
    const server = this.get(undefined) ?? this.#retiredAt(path);
    return server && { server };
  }

  #retiredAt(path: string): GatewaySocketServer | undefined {
    for (const server of this.#retired) {
      const { pattern } = server;
      const isItsPath = server.path === path || pattern?.match(path) != null;
      if (isItsPath || server.path === undefined) return server;
    }
    return undefined;
  }

  #upgrade({ server, match }: Found, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#draining || this.#retired.has(server) || !this.#options.ready()) {
      const headers = { 'Retry-After': '1' };
      refuseUpgrade(socket, 503, { message: 'The server is not accepting connections', headers });
      return;
    }
    const params = match?.params();
    if (params === null) {
      refuseUpgrade(socket, 400, {
        message: 'Cannot decode path: a percent-encoding is malformed',
      });
      return;
    }
    if (params !== undefined) {
      // Defined, not assigned: a framework may have put a getter without a setter on the prototype.
      const own = { value: params, configurable: true, writable: true, enumerable: true };
      Object.defineProperty(request, 'params', own);
    }
    server.handleUpgrade(request, socket, head, (client) => this.#connect(server, client, request));
  }

  /** Servers of `ws` report it themselves; here they share one, and one line says which option it is. */
  #failed(port: number, error: Error): void {
    const paths = [...this.#servers].map(({ path }) => path ?? 'every path').join(', ');
    this.#options.logger.error(
      `Cannot serve gateways on port ${port} of @WebSocketGateway(${port}) (${paths}): ${error.message}; expected a port that is free`,
    );
    for (const server of this.#servers) server.reportHostError(error);
  }

  #connect(server: GatewaySocketServer, client: WebSocket, request: IncomingMessage): void {
    try {
      server.emit('connection', client, request);
    } catch (error) {
      // A listener of the application's own, added in afterInit: only this client is to suffer.
      const stack = error instanceof Error ? error.stack : undefined;
      this.#options.logger.error(
        `Cannot finish connection listener: ${describeError(error)}`,
        stack,
      );
      client.close(AdapterCloseCauses.ListenerFailed.code);
    }
  }
}
