import type { AddressInfo } from 'node:net';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, HttpAdapterHost } from '@nestjs/core';
import {
  createHttp2OnlyServer,
  createUpgradeOnlyServer,
  UpgradeRouter,
  type UpgradableServer,
} from '#engine';
import { Hub } from '#hub';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { Gate } from '../upgrade/gate.js';
import { GatewayExplorer } from '../routes/gateway-explorer.js';
import { mapRoutes, type GatewayRoute } from '../routes/gateway-route.js';
import { pathRules } from '../routes/path-rules.js';
import { RouteFactory } from './route-factory.js';
import { isRecord } from '../support/is-record.js';
import { logCluster } from './cluster-log.js';
import { drainLog } from './drain-log.js';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';
import { WS_OPTIONS } from '../options/ws.module-definition.js';
import { Opening } from './opening.module.js';
import { listen, stopListening } from './own-server.js';

/**
 * Ties the gateways to a server and to the application's life: mapped and mounted when modules are
 * initialised, open to clients when the whole application has bootstrapped (503 before), drained before
 * any provider is destroyed (503 after), for handlers still under way need them.
 */
@Injectable()
export class GatewayMount implements OnModuleInit {
  readonly #adapterHost: HttpAdapterHost;
  readonly #discovery: DiscoveryService;
  readonly #config: ApplicationConfig;
  readonly #explorer: GatewayExplorer;
  readonly #factory: RouteFactory;
  readonly #hub: Hub;
  readonly #opening: Opening;
  readonly #options: ResolvedWsOptions;
  readonly #logger = new Logger('WsModule', { timestamp: true });
  readonly #gate = new Gate();
  #server: UpgradableServer | undefined;
  #ownServer: UpgradableServer | undefined;
  #listening: Promise<void> | undefined;

  constructor(
    adapterHost: HttpAdapterHost,
    discovery: DiscoveryService,
    config: ApplicationConfig,
    explorer: GatewayExplorer,
    factory: RouteFactory,
    hub: Hub,
    opening: Opening,
    @Inject(WS_OPTIONS) options: ResolvedWsOptions,
  ) {
    this.#adapterHost = adapterHost;
    this.#discovery = discovery;
    this.#config = config;
    this.#explorer = explorer;
    this.#factory = factory;
    this.#hub = hub;
    this.#opening = opening;
    this.#options = options;
  }

  /**
   * Where the gateways are served; what to ask when `port` is 0.
   * @returns `null` while nobody listens
   */
  address(): AddressInfo | string | null {
    return this.#server?.address() ?? null;
  }

  /** @internal */
  async onModuleInit(): Promise<void> {
    this.#assertAlone();
    const rules = pathRules(this.#config, this.#options.prefix);
    const routes = mapRoutes(await this.#explorer.explore(), rules);
    if (this.#options.ownPort === undefined) this.#explorer.assertApart(routes, this.#config);
    // Built even without a server: a mistake in a gateway must not wait for production to show.
    const handlers = await Promise.all(
      routes.map((route) => this.#factory.create(route, this.#gate)),
    );
    this.#server = this.#serverFor(routes);
    // Jobs and microservices without clients of their own send to those of other nodes.
    this.#opening.onOpening(() => this.#join());
    if (this.#server === undefined) {
      this.#opening.onClosing(() => this.#hub.close(this.#options.shutdown));
      return;
    }
    this.#explorer.log(routes);
    const router = UpgradeRouter.of(this.#server);
    const unmounts = handlers.map((handler) => router.mount(handler));
    // A server of our own has the same time by itself.
    if (this.#ownServer === undefined) router.limitHeads(this.#options.handshakeTimeout);
    // Not before: who comes in the meantime is to be told 503, and nobody else would.
    this.#server.once('close', () => {
      for (const unmount of unmounts) unmount();
    });
    this.#opening.onOpening(() => this.#open());
    this.#opening.onClosing(() => this.#drain(router));
  }

  /** Before any client is let in: whoever comes first is to be heard on all nodes. */
  async #join(): Promise<void> {
    logCluster(this.#hub, this.#logger);
    await this.#hub.start();
  }

  async #open(): Promise<void> {
    this.#gate.open();
    const others = (this.#server?.listenerCount('upgrade') ?? 0) - 1;
    if (others > 0) {
      // One that checks who comes is to do so in @VerifyClient: nobody would notice otherwise.
      this.#logger.log(`Upgrades that gateways take are hidden from ${others} other listeners`);
    }
    const { ownPort } = this.#options;
    if (ownPort === undefined || this.#ownServer === undefined) return;
    this.#listening = listen(this.#ownServer, ownPort);
    await this.#listening;
    this.#logger.log(`Gateways are served on port ${portOf(this.#ownServer)}`);
  }

  async #drain(router: UpgradeRouter): Promise<void> {
    this.#gate.close();
    await this.#hub.close({ ...this.#options.shutdown, onProgress: drainLog(this.#logger) });
    router.close();
    if (this.#ownServer === undefined) return;
    // The application may close while it is still about to take the port.
    await this.#listening?.catch(() => undefined);
    if (this.#ownServer.listening) await stopListening(this.#ownServer);
  }

  #serverFor(routes: readonly GatewayRoute[]): UpgradableServer | undefined {
    const { ownPort } = this.#options;
    if (ownPort !== undefined) {
      const { tls, http2 } = ownPort;
      const own = { tls, headersTimeout: this.#options.handshakeTimeout };
      this.#ownServer =
        http2 === false
          ? createUpgradeOnlyServer(own)
          : createHttp2OnlyServer({
              ...own,
              ...http2,
              maxPerSession: this.#hub.limits.perHttp2Session,
            });
      return this.#ownServer;
    }
    // A standalone context has no adapter; a microservice and a testing module have one without server.
    const adapter: { getHttpServer(): unknown } | undefined | null = this.#adapterHost.httpAdapter;
    const server: unknown = adapter?.getHttpServer();
    if (isHttpServer(server)) return server;
    if (routes.length > 0) {
      this.#logger.warn('No HTTP server to attach to: the gateways will not receive connections');
    }
    return undefined;
  }

  #assertAlone(): void {
    const servers = this.#discovery
      .getProviders()
      .filter(({ metatype }) => metatype === GatewayMount);
    if (servers.length <= 1) return;
    throw new WsConfigurationError(
      `Cannot start WsModule: expected one import (it is global), current value is ${servers.length}`,
    );
  }
}

function isHttpServer(value: unknown): value is UpgradableServer {
  return isRecord(value) && typeof value['on'] === 'function';
}

function portOf(server: UpgradableServer): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? String(address.port) : String(address);
}
