import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@nestjs/common';
import { createUpgradeOnlyServer, refuseUpgrade, UpgradeRouter } from '#engine';
import type { WebSocket } from '#ws';
import { describeError } from '../support/describe-error.js';
import { pathOf } from '../routes/gateway-path.js';
import type { GatewaySocketServer } from './gateway-socket-server.js';
import { AdapterCloseCauses } from './close-causes.js';

export interface PortHostOptions {
  readonly logger: Logger;
  /** Whether clients may come in; before, they are answered 503. */
  ready(): boolean;
  /** Whether the HTTP server closes with the application, which answers 503 until then. */
  readonly endsWithApplication: boolean;
}

/** An HTTP server with the gateway servers on it, told apart by path. */
export class PortHost {
  readonly #owned: boolean;
  readonly #options: PortHostOptions;
  readonly #servers = new Set<GatewaySocketServer>();
  /** Drained ones, whose clients may come again to the next process. */
  readonly #retired = new Set<GatewaySocketServer>();
  readonly #unmount: () => void;
  #closed = false;

  /** On a server of the application's, which this neither starts nor ends. */
  static on(httpServer: Server, options: PortHostOptions): PortHost {
    return new PortHost(httpServer, false, options);
  }

  /** On a server of its own, which answers plain requests 426 (RFC 9110 15.5.22). */
  static listen(
    port: number,
    { host, backlog }: { host?: string | undefined; backlog?: number | undefined },
    options: PortHostOptions,
  ): PortHost {
    const httpServer = createUpgradeOnlyServer();
    httpServer.on('error', (error) => {
      options.logger.error(`Cannot serve gateways on port ${port}: ${error.message}`);
    });
    httpServer.listen({ port, host, backlog });
    return new PortHost(httpServer, true, options);
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
      handle: (request, socket, head, server) => this.#upgrade(server, request, socket, head),
    });
  }

  /** The server of exactly this path; undefined stands for the one that takes every path. */
  get(path: string | undefined): GatewaySocketServer | undefined {
    for (const server of this.#servers) if (server.path === path) return server;
    return undefined;
  }

  add(server: GatewaySocketServer): void {
    for (const old of this.#retired) if (old.path === server.path) this.#retired.delete(old);
    this.#servers.add(server);
  }

  remove(server: GatewaySocketServer): void {
    if (this.#servers.delete(server)) this.#retired.add(server);
  }

  async close(): Promise<void> {
    this.#closed = true;
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

  #serverFor(request: IncomingMessage): GatewaySocketServer | undefined {
    const path = pathOf(request.url ?? '');
    return this.get(path) ?? this.get(undefined) ?? this.#retiredAt(path);
  }

  #retiredAt(path: string): GatewaySocketServer | undefined {
    for (const server of this.#retired) {
      if (server.path === path || server.path === undefined) return server;
    }
    return undefined;
  }

  #upgrade(
    server: GatewaySocketServer,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    if (this.#closed || this.#retired.has(server) || !this.#options.ready()) {
      const headers = { 'Retry-After': '1' };
      refuseUpgrade(socket, 503, { message: 'The server is not accepting connections', headers });
      return;
    }
    server.handleUpgrade(request, socket, head, (client) => this.#connect(server, client, request));
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
