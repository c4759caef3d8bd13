import type { Server } from 'node:http';
import {
  Logger,
  type INestApplicationContext,
  type WebSocketAdapter,
  type WsMessageHandler,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { WS_LIMITS, type TransportLimits } from '#engine';
import { type WebSocket } from '#ws';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isRecord } from '../support/is-record.js';
import { HTTP2_ONLY, speaksHttp1 } from '../support/speaks-http1.js';
import type {
  MessageParser,
  NestwireAdapterOptions,
  StandardGatewayOptions,
} from './adapter-options.interface.js';
import { ClientSession, type ResultTransform, type SessionSettings } from './client-session.js';
import { ConnectionGuard } from './connection-guard.js';
import { GatewaySocketServer, type Farewell } from './gateway-socket-server.js';
import { parseJsonMessage } from './message-parser.js';
import { PortHost, type PortHostOptions } from './port-host.js';
import { AdapterCloseCauses } from './close-causes.js';

/** `@WebSocketGateway()` without a port: the application's own HTTP server. */
const APPLICATION_PORT = 0;

/** The limits of `ws`, for code that runs on them, and two that keep a dead or deaf peer from staying. */
const ADAPTER_LIMITS: Readonly<TransportLimits> = {
  ...WS_LIMITS,
  pingInterval: 25_000,
  sendHardLimit: 16 * 1024 * 1024,
};

/**
 * Runs the gateways of `@nestjs/websockets` (`@WebSocketGateway`, `@SubscribeMessage`,
 * `@WebSocketServer`, the `OnGateway...` interfaces) on Nestwire's engine. It takes what `WsAdapter` of
 * `@nestjs/platform-ws` takes, and code written for that one runs as it is.
 *
 * @example
 * const app = await NestFactory.create(AppModule);
 * app.useWebSocketAdapter(new NestwireAdapter(app));
 */
export class NestwireAdapter implements WebSocketAdapter<
  GatewaySocketServer,
  WebSocket,
  StandardGatewayOptions
> {
  /** Set by Nest from the application's options: clients are cut off as soon as they have been told. */
  forceCloseConnections: boolean | undefined;

  protected readonly logger = new Logger('NestwireAdapter', { timestamp: true });
  protected readonly httpServer: Server | undefined;

  private readonly application: INestApplicationContext | undefined;
  private readonly hosts = new Map<number, PortHost>();
  private readonly sessions = new WeakMap<object, ClientSession>();
  private readonly guard = new ConnectionGuard((client) => this.sessions.get(client));
  private readonly settings: SessionSettings;
  private readonly limits: Partial<TransportLimits>;
  private readonly farewell: Farewell;
  private guarding = false;

  /**
   * @param appOrHttpServer the application; with only its HTTP server, an error in `handleConnection`
   *   cannot be caught and ends the process, as it does without this adapter
   */
  constructor(
    appOrHttpServer?: INestApplicationContext | object,
    options: NestwireAdapterOptions = {},
  ) {
    const { shutdown = {} } = options;
    this.application = isApplication(appOrHttpServer) ? appOrHttpServer : undefined;
    this.httpServer = httpServerOf(appOrHttpServer);
    this.settings = {
      parse: options.messageParser ?? parseJsonMessage,
      concurrency: count('concurrency', options.concurrency ?? 128, 1),
      connectTimeout: count('connectTimeout', options.connectTimeout ?? 10_000, 0),
      logger: this.logger,
    };
    this.limits = options.limits ?? {};
    this.farewell = {
      code: shutdown.code ?? AdapterCloseCauses.Shutdown.code,
      reason: shutdown.reason ?? AdapterCloseCauses.Shutdown.reason,
      deadline: count('shutdown.deadline', shutdown.deadline ?? 5_000, 0),
    };
  }

  /**
   * The server of one path. Paths that differ in slashes only are one.
   * @param port 0 is the application's own
   * @throws {WsConfigurationError} for a namespace
   */
  create(port: number, options: StandardGatewayOptions = {}): GatewaySocketServer {
    const { namespace, server, path, ...serverOptions } = options;
    if (namespace !== undefined && namespace !== '') {
      const error = new WsConfigurationError(
        `Cannot create gateway: namespaces belong to socket.io, give it a path instead, current value is ${String(namespace)}`,
      );
      this.logger.error(error.message);
      throw error;
    }
    if (server !== undefined && server !== null) return server;
    this.watchHooks();
    const host = this.hostOf(port, serverOptions);
    const place = path || host.httpServer === this.httpServer ? normalize(path) : undefined;
    const existing = host.get(place);
    if (existing !== undefined) return existing;
    const created = new GatewaySocketServer(host.httpServer, place, {
      ...ADAPTER_LIMITS,
      ...this.limits,
      ...serverOptions,
    });
    created.on('connection', (client: WebSocket) => {
      client.on('error', (error: Error) =>
        this.logger.debug(`Connection failed: ${error.message}`),
      );
      this.session(client);
    });
    created.on('error', (error: Error) => this.logger.error(error.message, error.stack));
    host.add(created);
    return created;
  }

  bindClientConnect(server: GatewaySocketServer, callback: (...args: unknown[]) => void): void {
    server.on('connection', callback);
  }

  /** `handleDisconnect` gets the close code as its second argument, as with `ws`. */
  bindClientDisconnect(client: WebSocket, callback: (...args: unknown[]) => void): void {
    client.once('close', callback);
  }

  /** Turns away a client that came before the application was ready for it. */
  closeClient(client: WebSocket): void {
    client.close(AdapterCloseCauses.Starting.code, AdapterCloseCauses.Starting.reason);
  }

  bindMessageHandlers(
    client: WebSocket,
    handlers: WsMessageHandler[],
    transform: ResultTransform,
  ): void {
    this.session(client).bind(handlers, transform);
  }

  /** Says goodbye to the clients of one server; they have `shutdown.deadline` to answer. */
  async close(server: GatewaySocketServer): Promise<void> {
    if (!(server instanceof GatewaySocketServer)) {
      await closeForeign(server);
      return;
    }
    const { forceCloseConnections, farewell } = this;
    await server.drain(forceCloseConnections ? { ...farewell, deadline: 0 } : farewell);
    for (const host of this.hosts.values()) host.remove(server);
  }

  /** Frees the ports and leaves the application's server as it was. */
  async dispose(): Promise<void> {
    const hosts = [...this.hosts.values()];
    this.hosts.clear();
    this.guard.uninstall();
    this.guarding = false;
    await Promise.all(hosts.map((host) => host.close()));
  }

  /** Replaces the parser, for messages of clients that are connected already, too. */
  setMessageParser(parser: MessageParser): void {
    this.settings.parse = parser;
  }

  private session(client: WebSocket): ClientSession {
    let session = this.sessions.get(client);
    if (session === undefined) {
      session = new ClientSession(client, this.settings);
      this.sessions.set(client, session);
    }
    return session;
  }

  private hostOf(port: number, options: StandardGatewayOptions): PortHost {
    let host = this.hosts.get(port);
    if (host !== undefined) return host;
    const hostOptions: PortHostOptions = {
      logger: this.logger,
      ready: () => this.isReady(),
      endsWithApplication: this.application !== undefined,
    };
    host =
      port === APPLICATION_PORT && this.httpServer !== undefined
        ? PortHost.on(this.httpServer, hostOptions)
        : PortHost.listen(port, options, hostOptions);
    this.hosts.set(port, host);
    if (!speaksHttp1(host.httpServer)) this.logger.warn(HTTP2_ONLY);
    return host;
  }

  /** A port of its own listens before the lifecycle hooks have run, and providers are not ready. */
  private isReady(): boolean {
    const { application } = this;
    return (
      application === undefined ||
      !('isInitialized' in application) ||
      application.isInitialized !== false
    );
  }

  private watchHooks(): void {
    if (this.guarding || this.application === undefined) return;
    this.guarding = true;
    this.guard.install(this.application.get(ModulesContainer, { strict: false }));
  }
}

function isApplication(value: unknown): value is INestApplicationContext {
  return (
    isRecord(value) && typeof value['get'] === 'function' && typeof value['select'] === 'function'
  );
}

function httpServerOf(host: unknown): Server | undefined {
  if (!isRecord(host)) return undefined;
  const server: unknown =
    typeof host['getHttpServer'] === 'function' ? host['getHttpServer']() : host;
  return isServer(server) ? server : undefined;
}

function isServer(value: unknown): value is Server {
  return (
    isRecord(value) && typeof value['on'] === 'function' && typeof value['listen'] === 'function'
  );
}

/** One leading slash, none at the end or doubled. */
function normalize(path: string | undefined): string {
  return `/${path ?? ''}`.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '');
}

function count(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new WsConfigurationError(
    `Cannot use option ${name} of NestwireAdapter: expected a whole number from ${least}, current value is ${value}`,
  );
}

async function closeForeign(server: unknown): Promise<void> {
  const close: unknown = isRecord(server) ? server['close'] : undefined;
  if (typeof close !== 'function') return;
  await new Promise<void>((resolve) => close.call(server, () => resolve()));
}
