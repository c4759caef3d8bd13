import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ReadyState, type UpgradeRequest } from '#engine';
import { GatewayPath } from '../routes/gateway-path.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { kVerifying, WebSocketServer, type WebSocket, type WebSocketServerOptions } from '#ws';

/** Milliseconds a terminated connection may take to report that it is gone. */
const TERMINATE_GRACE = 1_000;

/** How the clients of a server are told that it goes away. */
export interface Farewell {
  code: number;
  reason: string;
  /** Milliseconds their handlers have to finish, and they to answer, before they are cut off. */
  deadline: number;
  /** Lets a client ask for nothing more. @returns what is under way for it; undefined when nothing is */
  finish?: ((client: WebSocket) => Promise<void> | undefined) | undefined;
  /** @returns what is under way for a client that has gone; undefined when nothing is */
  left?: ((client: WebSocket) => Promise<void> | undefined) | undefined;
}

/**
 * The server behind `@WebSocketServer()`: one path of one port. It has the API of the servers of `ws`
 * and shares its HTTP server with the other paths, so upgrades are handed to it.
 */
export class GatewaySocketServer extends WebSocketServer {
  readonly #open = new Set<WebSocket>();
  /** A path with parameters: `/chat/:room`; one that does not parse as such is what it reads. */
  readonly pattern: GatewayPath | undefined;
  /** Upgrades that `verifyClient` has not decided on. */
  readonly #undecided = new Map<IncomingMessage, UpgradeRequest>();
  #closing: Promise<void> | undefined;
  /** What its HTTP server failed with. */
  hostError: Error | undefined;

  /**
   * @param httpServer the one it is reached through
   * @param path without query and trailing slash; undefined takes every path
   */
  constructor(
    readonly httpServer: Server,
    readonly path: string | undefined,
    options: WebSocketServerOptions,
  ) {
    super({ ...options, noServer: true });
    this.pattern = path !== undefined && /[:*{]/.test(path) ? patternOf(path) : undefined;
    // A server of `ws` tells so, whoever's port it is.
    const listening = (): void => void this.emit('listening');
    httpServer.once('listening', listening);
    this.once('close', () => httpServer.removeListener('listening', listening));
    // `clients` is the application's to switch off, and closing has to reach everyone.
    this.on('connection', (client: WebSocket, request: IncomingMessage) => {
      this.#undecided.delete(request);
      this.#open.add(client);
      client.once('close', () => this.#open.delete(client));
    });
  }

  override [kVerifying](upgrade: UpgradeRequest): void {
    if (this.options.verifyClient == null) return;
    const { request } = upgrade;
    // One that was rebuilt has no socket; it is decided, or timed out, without being kept account of.
    const { socket }: { socket?: Socket } = request;
    if (socket === undefined) return;
    this.#undecided.set(request, upgrade);
    socket.once('close', () => this.#undecided.delete(request));
  }

  override address(): AddressInfo | string | null {
    return this.httpServer.address();
  }

  /** Tells the application's `error` listeners of a port that cannot be had; the log has it already. */
  reportHostError(error: Error): void {
    this.hostError = error;
    this.emit('error', error);
  }

  /** Takes no more clients and says goodbye to those there are. A second call waits for the first. */
  drain(farewell: Farewell): Promise<void> {
    return (this.#closing ??= this.#sayGoodbye(farewell));
  }

  async #sayGoodbye({ code, reason, deadline, finish, left }: Farewell): Promise<void> {
    this.close();
    // Whatever the decision would be, it comes too late, and the HTTP server waits for these sockets.
    for (const upgrade of this.#undecided.values()) {
      if (upgrade.settled) continue;
      upgrade.reject(503, { message: 'The server is not accepting connections' });
    }
    const end = Date.now() + deadline;
    const clients = [...this.#open];
    await settledBy(
      end,
      clients.map((client) => finish?.(client)),
    );
    for (const client of this.#open) client.close(code, reason);
    if (deadline === 0 || !(await this.#emptied(Math.max(end - Date.now(), 0)))) {
      for (const client of this.#open) {
        if (client.readyState !== ReadyState.Closed) client.terminate();
      }
      await this.#emptied(TERMINATE_GRACE);
    }
    await settledBy(
      end,
      clients.map((client) => left?.(client)),
    );
  }

  /** @returns whether all clients were gone within `timeout` milliseconds */
  #emptied(timeout: number): Promise<boolean> {
    if (this.#open.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeout);
      for (const client of this.#open) {
        client.once('close', () => {
          if (this.#open.size > 0) return;
          clearTimeout(timer);
          resolve(true);
        });
      }
    });
  }
}

/** Waits for what is under way, until `end`; for nothing where nothing is. */
async function settledBy(end: number, underWay: (Promise<void> | undefined)[]): Promise<void> {
  const pending = underWay.filter((one) => one !== undefined);
  const timeout = end - Date.now();
  if (pending.length === 0 || timeout <= 0) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeout);
    void Promise.allSettled(pending).then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Characters that mean something in the paths of controllers mean themselves in those of older gateways. */
function patternOf(path: string): GatewayPath | undefined {
  try {
    return new GatewayPath(path);
  } catch (error) {
    if (error instanceof WsConfigurationError) return undefined;
    throw error;
  }
}
