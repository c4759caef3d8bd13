import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  HttpException,
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, HttpAdapterHost } from '@nestjs/core';
import { HandshakeError, UpgradeRequest, UpgradeRouter } from '#engine';
import { Hub, snapshot, type GatewayEndpoint } from '#hub';
import { WsConfigurationError } from '../errors/ws-configuration-error.js';
import { CallerFactory } from '../gateway/caller-factory.js';
import { connectionHooks } from '../gateway/connection-hooks.js';
import { GatewayExplorer } from '../gateway/gateway-explorer.js';
import { pathOf } from '../gateway/gateway-path.js';
import { mapRoutes, type GatewayRoute } from '../gateway/gateway-route.js';
import { HandshakePipeline, type Admission } from '../gateway/handshake-pipeline.js';
import { negotiateProtocol } from '../gateway/protocol-negotiation.js';
import { routeRouter } from '../gateway/route-router.js';
import { rejectStatus, rejectWith } from '../gateway/upgrade-answer.js';
import { isRecord } from '../is-record.js';
import type { ResolvedWsOptions } from '../ws-options.resolver.js';
import { WS_OPTIONS } from '../ws.module-definition.js';

/** A path that is served: what decides about its clients and what takes them in. */
interface MountedRoute {
  readonly route: GatewayRoute;
  readonly handshake: HandshakePipeline;
  readonly endpoint: GatewayEndpoint;
}

const NOBODY: Admission = { user: undefined, headers: {} };

/**
 * Ties the gateways to the application's HTTP server and to its life: mapped and mounted when modules
 * are initialised, open to clients from the bootstrap on (503 before), closed before the HTTP server
 * is, which would otherwise wait for the connections for ever.
 */
@Injectable()
export class GatewayServer
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly logger = new Logger('WsModule', { timestamp: true });
  private readonly unmount: (() => void)[] = [];
  /** Upgrades somebody is deciding about. */
  private readonly pending = new Set<UpgradeRequest>();
  private open = false;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly discovery: DiscoveryService,
    private readonly config: ApplicationConfig,
    private readonly explorer: GatewayExplorer,
    private readonly callers: CallerFactory,
    private readonly hub: Hub,
    @Inject(WS_OPTIONS) private readonly options: ResolvedWsOptions,
  ) {}

  onModuleInit(): void {
    this.assertAlone();
    const prefix = this.options.prefix ?? this.config.getGlobalPrefix();
    const routes = mapRoutes(this.explorer.explore(), prefix);
    // Built even without a server: a mistake in a gateway must not wait for production to show.
    const mounted = routes.map((route) => this.prepare(route));
    const server = this.httpServer();
    if (server === undefined) {
      if (routes.length > 0) {
        this.logger.warn('No HTTP server to attach to: the gateways will not receive connections');
      }
      return;
    }
    this.explorer.log(routes);
    const router = UpgradeRouter.of(server);
    for (const one of mounted) this.unmount.push(router.mount(this.upgradeRoute(one)));
  }

  onApplicationBootstrap(): void {
    this.open = true;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.open = false;
    for (const upgrade of this.pending) this.refuseForNow(upgrade);
    await this.hub.close(this.options.shutdown);
    for (const unmount of this.unmount.splice(0)) unmount();
  }

  private prepare(route: GatewayRoute): MountedRoute {
    const { options } = this;
    const endpoint = this.hub.endpoint({
      router: routeRouter(route, this.callers),
      hooks: connectionHooks(route, this.callers),
      concurrency: route.options.concurrency ?? options.concurrency,
      queue: route.options.queueSize ?? options.queueSize,
      connectTimeout: options.handshakeTimeout,
      limits: { ...options.limits, ...route.options.limits },
    });
    return { route, endpoint, handshake: new HandshakePipeline(route, this.callers) };
  }

  private upgradeRoute(mounted: MountedRoute): Parameters<UpgradeRouter['mount']>[0] {
    const { path } = mounted.route;
    return {
      claims: (request) => path.matches(pathOf(request.url ?? '')),
      handle: (request, socket, head) => this.upgrade(mounted, request, socket, head),
    };
  }

  private upgrade(
    mounted: MountedRoute,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    const { handshakeTimeout } = this.options;
    const upgrade = UpgradeRequest.read(request, socket, head, { handshakeTimeout });
    if (upgrade === null) return;
    if (!this.open) {
      this.refuseForNow(upgrade);
      return;
    }
    const { route, handshake } = mounted;
    const params = route.path.params(pathOf(request.url ?? ''));
    if (params === null) {
      rejectStatus(upgrade, 400, 'Cannot decode path: a percent-encoding is malformed');
      return;
    }
    const protocol = negotiateProtocol(route.protocols, upgrade.protocols);
    if (protocol === undefined) {
      const known = route.protocols.join(', ');
      rejectStatus(upgrade, 400, `Cannot agree on a subprotocol: expected one of ${known}`);
      return;
    }
    if (handshake.isOpen) this.accept(mounted, upgrade, params, protocol, NOBODY);
    else void this.verify(mounted, upgrade, params, protocol);
  }

  /** Never rejects: whatever goes wrong is an answer to the client. */
  private async verify(
    mounted: MountedRoute,
    upgrade: UpgradeRequest,
    params: Record<string, string>,
    protocol: string,
  ): Promise<void> {
    this.pending.add(upgrade);
    try {
      const handshake = snapshot(upgrade, { params, protocol });
      const admission = await mounted.handshake.verify(upgrade.request, handshake);
      // The client may have left, the time run out or the application closed in the meantime.
      if (!upgrade.settled) this.accept(mounted, upgrade, params, protocol, admission);
    } catch (error) {
      this.refuse(upgrade, error);
    } finally {
      this.pending.delete(upgrade);
    }
  }

  private accept(
    { endpoint }: MountedRoute,
    upgrade: UpgradeRequest,
    params: Record<string, string>,
    protocol: string,
    { user, headers }: Admission,
  ): void {
    try {
      endpoint.accept(upgrade, { protocol, params, user, headers });
    } catch (error) {
      this.refuse(upgrade, error);
    }
  }

  private refuse(upgrade: UpgradeRequest, error: unknown): void {
    if (error instanceof HttpException) {
      rejectWith(upgrade, error);
    } else if (error instanceof HandshakeError) {
      rejectStatus(upgrade, error.status, error.message, { ...error.headers });
    } else {
      this.logger.error('Cannot verify client', error instanceof Error ? error.stack : error);
      rejectStatus(upgrade, 500, 'Internal server error');
    }
  }

  /** The client may come again: the application is starting or a new one is about to. */
  private refuseForNow(upgrade: UpgradeRequest): void {
    rejectStatus(upgrade, 503, 'The server is not accepting connections', { 'Retry-After': '1' });
  }

  private httpServer(): Server | undefined {
    // A standalone context has no adapter; a microservice and a testing module have one without server.
    const adapter: { getHttpServer(): unknown } | undefined | null = this.adapterHost.httpAdapter;
    const server: unknown = adapter?.getHttpServer();
    return isHttpServer(server) ? server : undefined;
  }

  private assertAlone(): void {
    const servers = this.discovery
      .getProviders()
      .filter(({ metatype }) => metatype === GatewayServer);
    if (servers.length <= 1) return;
    throw new WsConfigurationError(
      `Cannot start WsModule: expected one import (it is global), current value is ${servers.length}`,
    );
  }
}

function isHttpServer(value: unknown): value is Server {
  return isRecord(value) && typeof value['on'] === 'function';
}
