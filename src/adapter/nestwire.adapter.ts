import type { Server } from 'node:http';
import {
  Logger,
  type INestApplicationContext,
  type WebSocketAdapter,
  type WsMessageHandler,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { WS_LIMITS, type TransportLimits } from '#engine';
import type { WebSocket } from '#ws';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isRecord } from '../support/is-record.js';
import { beforeClosing } from '../lifecycle/closing-application.js';
import type {
  MessageParser,
  NestwireAdapterOptions,
  StandardGatewayOptions,
} from './adapter-options.interface.js';
import { ADAPTER_OPTIONS, ADAPTER_PLACE } from './adapter-options.js';
import { ClientSession, type SessionSettings } from './client-session.js';
import { ConnectionGuard } from './connection-guard.js';
import { GatewaySocketServer, type Farewell } from './gateway-socket-server.js';
import { parseJsonMessage } from './message-parser.js';
import { handleMessage, type MessageLike, type ResultTransform } from './received-message.js';
import { PortHost, type PortHostOptions } from './port-host.js';
import { AdapterCloseCauses } from './close-causes.js';

/** `@WebSocketGateway()` without a port: the application's own HTTP server. */
const APPLICATION_PORT = 0;

/** Methods of `WsAdapter` that a subclass may have overridden, and that have no counterpart here. */
const NEVER_CALLED = ['ensureHttpServerExists', 'addWsServerToRegistry'];

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
  /** What messages are parsed with; a subclass may put its own in place. */
  protected messageParser: MessageParser;

  readonly #application: INestApplicationContext | undefined;
  readonly #hosts = new Map<number, PortHost>();
  readonly #sessions = new WeakMap<object, ClientSession>();
  readonly #guard = new ConnectionGuard((client) => this.#sessions.get(client));
  readonly #settings: SessionSettings;
  readonly #limits: Partial<TransportLimits>;
  readonly #farewell: Pick<Farewell, 'code' | 'reason' | 'deadline'>;
  #guarding = false;
  /** Takes back that the application drains this first. */
  #unwatch: (() => void) | undefined;

  /**
   * @param appOrHttpServer the application; with only its HTTP server, an error in `handleConnection`
   *   cannot be caught and ends the process, as it does without this adapter, and clients are told to go
   *   when providers have been destroyed
   * @throws {WsConfigurationError} for an option that is unknown or wrong
   */
  constructor(
    appOrHttpServer?: INestApplicationContext | object,
    options: NestwireAdapterOptions = {},
  ) {
    const { messageParser, concurrency, connectTimeout, limits, shutdown } =
      ADAPTER_OPTIONS.resolve(options, ADAPTER_PLACE);
    this.#application = isApplication(appOrHttpServer) ? appOrHttpServer : undefined;
    this.httpServer = httpServerOf(appOrHttpServer);
    this.messageParser = messageParser ?? parseJsonMessage;
    this.#settings = this.#sessionSettings(concurrency, connectTimeout);
    this.#limits = limits;
    this.#farewell = shutdown;
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
    this.#watchHooks();
    const host = this.#hostOf(port, serverOptions);
    const place = path || host.httpServer === this.httpServer ? normalize(path) : undefined;
    const existing = host.get(place);
    if (existing !== undefined) return existing;
    const created = new GatewaySocketServer(host.httpServer, place, {
      ...ADAPTER_LIMITS,
      ...this.#limits,
      ...serverOptions,
    });
    this.bindErrorHandler(created);
    created.on('connection', (client: WebSocket) => void this.#session(client));
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
    this.#session(client).bind(handlers, transform);
  }

  /**
   * Handles one message with the handlers of one gateway. A subclass may override it, as it would with
   * `WsAdapter`: it is then called for every message and each gateway of the path, and what its result
   * emits is sent. Otherwise nobody calls it, and a message is parsed once for all gateways.
   *
   * @param message an event of `ws`, or anything with its `data`
   * @param handlers by what `@SubscribeMessage` was given
   * @returns what the handler answers; nothing for a message that no handler is named for
   */
  bindMessageHandler(
    message: MessageLike,
    handlers: Map<unknown, WsMessageHandler>,
    transform: ResultTransform,
  ): Observable<unknown> {
    return handleMessage(message, handlers, transform, {
      parser: this.messageParser,
      logger: this.logger,
    });
  }

  /** Logs the errors of a server and of its clients. */
  bindErrorHandler(server: GatewaySocketServer): GatewaySocketServer {
    server.on('connection', (client: WebSocket) => {
      client.on('error', (error: Error) =>
        this.logger.debug(`Connection failed: ${error.message}`),
      );
    });
    server.on('error', (error: Error) => {
      if (error !== server.hostError) this.logger.error(error.message, error.stack);
    });
    return server;
  }

  /**
   * Says goodbye to the clients of one server; they have `shutdown.deadline` to answer. An application
   * that closes has done so before its first `onModuleDestroy`; then this waits for it.
   */
  async close(server: GatewaySocketServer): Promise<void> {
    if (!(server instanceof GatewaySocketServer)) {
      await closeForeign(server);
      return;
    }
    await this.#sayGoodbye(server);
    for (const host of this.#hosts.values()) host.remove(server);
  }

  /** Frees the ports and leaves the application's server as it was. */
  async dispose(): Promise<void> {
    const hosts = [...this.#hosts.values()];
    this.#hosts.clear();
    this.#guard.uninstall();
    this.#guarding = false;
    this.#unwatch?.();
    await Promise.all(hosts.map((host) => host.close()));
  }

  /** Replaces the parser, for messages of clients that are connected already, too. */
  setMessageParser(parser: MessageParser): void {
    this.messageParser = parser;
  }

  /** Before any provider is destroyed: handlers under way need them, and newcomers would. */
  async #drain(): Promise<void> {
    const hosts = [...this.#hosts.values()];
    await Promise.all(hosts.map((host) => host.drain((server) => this.#sayGoodbye(server))));
  }

  #sayGoodbye(server: GatewaySocketServer): Promise<void> {
    const { code, reason, deadline } = this.#farewell;
    return server.drain({
      code,
      reason,
      deadline: this.forceCloseConnections ? 0 : deadline,
      finish: (client) => this.#sessions.get(client)?.finish(),
      left: (client) => this.#sessions.get(client)?.left,
    });
  }

  /** What a subclass replaces, later than in its constructor too, is looked up when it is needed. */
  #sessionSettings(concurrency: number, connectTimeout: number): SessionSettings {
    const parse: MessageParser = (data) => this.messageParser(data);
    const bindingOf = (): SessionSettings['binding'] =>
      this.bindMessageHandler === NestwireAdapter.prototype.bindMessageHandler
        ? undefined
        : (message, handlers, transform) => this.bindMessageHandler(message, handlers, transform);
    return {
      parse,
      get binding() {
        return bindingOf();
      },
      concurrency,
      connectTimeout,
      logger: this.logger,
    };
  }

  #session(client: WebSocket): ClientSession {
    let session = this.#sessions.get(client);
    if (session === undefined) {
      session = new ClientSession(client, this.#settings);
      this.#sessions.set(client, session);
    }
    return session;
  }

  #hostOf(port: number, options: StandardGatewayOptions): PortHost {
    let host = this.#hosts.get(port);
    if (host !== undefined) return host;
    const hostOptions: PortHostOptions = {
      logger: this.logger,
      ready: () => this.#isReady(),
      endsWithApplication: this.#application !== undefined,
    };
    host =
      port === APPLICATION_PORT && this.httpServer !== undefined
        ? PortHost.on(this.httpServer, hostOptions)
        : PortHost.listen(port, options, hostOptions);
    this.#hosts.set(port, host);
    return host;
  }

  /** A port of its own listens before the lifecycle hooks have run, and providers are not ready. */
  #isReady(): boolean {
    const application = this.#application;
    return (
      application === undefined ||
      !('isInitialized' in application) ||
      application.isInitialized !== false
    );
  }

  #watchHooks(): void {
    if (this.#guarding || this.#application === undefined) return;
    this.#guarding = true;
    for (const name of NEVER_CALLED) {
      if (!(name in this)) continue;
      this.logger.warn(
        `Cannot use ${name} of ${this.constructor.name}: NestwireAdapter never calls it, expected create to be overridden instead`,
      );
    }
    const modules = this.#application.get(ModulesContainer, { strict: false });
    this.#guard.install(modules);
    this.#unwatch = beforeClosing(this.#application, modules, () => this.#drain());
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

async function closeForeign(server: unknown): Promise<void> {
  const close: unknown = isRecord(server) ? server['close'] : undefined;
  if (typeof close !== 'function') return;
  await new Promise<void>((resolve) => close.call(server, () => resolve()));
}
