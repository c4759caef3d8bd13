import { Inject, Injectable } from '@nestjs/common';
import { Hub, LANE_OPTIONS, userIdOf, type MessageHandler } from '#hub';
import { ReauthenticateHandler } from '../upgrade/reauthenticate-handler.js';
import { kBegin, Sessions } from '../auth/sessions.js';
import { PATH_OPTIONS } from '../options/connection-options.resolver.js';
import { roomAccess } from '../routes/gateway-rooms.js';
import { loadOptions } from '../options/realtime-options.js';
import type { SessionOptions } from '../options/ws-options.interface.js';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';
import { WS_OPTIONS } from '../options/ws.module-definition.js';
import { CallerFactory } from '../pipeline/caller-factory.js';
import { codecsOf } from '../routes/codecs.js';
import { connectionHooks } from '../routes/connection-hooks.js';
import type { Gate } from '../upgrade/gate.js';
import type { GatewayRoute } from '../routes/gateway-route.js';
import { hubOf } from '../routes/own-hub.js';
import { framedRefusals } from '../upgrade/framed-refusals.js';
import { HandshakePipeline } from '../upgrade/handshake-pipeline.js';
import { routeBinaries, routeRouter } from '../routes/route-router.js';
import { UpgradeHandler } from '../upgrade/upgrade-handler.js';

/** Joins what the gateways of a path say to what the hub needs to serve it. */
@Injectable()
export class RouteFactory {
  readonly #callers: CallerFactory;
  readonly #hub: Hub;
  readonly #sessions: Sessions;
  readonly #options: ResolvedWsOptions;

  constructor(
    callers: CallerFactory,
    hub: Hub,
    sessions: Sessions,
    @Inject(WS_OPTIONS) options: ResolvedWsOptions,
  ) {
    this.#callers = callers;
    this.#hub = hub;
    this.#sessions = sessions;
    this.#options = options;
  }

  /** @throws {WsConfigurationError} as a rejection, for a gateway that cannot be served as it is written */
  async create(route: GatewayRoute, gate: Gate): Promise<UpgradeHandler> {
    const callers = this.#callers;
    const { handshakeTimeout } = this.#options;
    const options = PATH_OPTIONS.override(this.#options, route.options);
    const own = route.options;
    const load = loadOptions(this.#options, own, own.limits);
    const handshake = new HandshakePipeline(route, callers);
    // Whom nobody has verified has no session that could end.
    const session = handshake.isOpen ? undefined : options.session;
    const onBinary = routeBinaries(route, callers, options.timeout);
    const { versions, ...codecs } = await codecsOf(route, options.codecs);
    const provided = session === undefined ? [] : [this.#reauthentication(handshake, session)];
    const hub = hubOf(route) ?? this.#hub;
    const endpoint = hub.endpoint({
      path: route.path.pattern,
      router: routeRouter(route, callers, options.timeout, provided),
      ...(onBinary !== undefined && { onBinary }),
      ...codecs,
      hooks: connectionHooks(
        route,
        callers,
        session && ((connection) => void this.#sessions[kBegin](connection, session)),
      ),
      ...LANE_OPTIONS.pick(options),
      connectTimeout: handshakeTimeout,
      limits: { ...options.limits, ...load.limits },
      slowConsumers: load.policy,
      rate: load.rate,
      access: roomAccess(route, callers),
    });
    const refuseInFrames = framedRefusals({ versions, codecFor: codecs.codecFor, hub });
    const shared = { options, endpoint, handshake, handshakeTimeout, hub };
    return new UpgradeHandler({ route, versions, refuseInFrames, ...shared }, gate);
  }

  #reauthentication(pipeline: HandshakePipeline, session: SessionOptions): MessageHandler {
    const { handshakeTimeout, userId = userIdOf } = this.#options;
    return new ReauthenticateHandler(pipeline, this.#sessions, session, handshakeTimeout, userId);
  }
}
