import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpException, Logger } from '@nestjs/common';
import {
  HandshakeError,
  pageAllowed,
  pageRefusal,
  pageRefusalLog,
  UpgradeRequest,
  type RefuseInFrames,
  type UpgradeRoute,
} from '#engine';
import { kEnter, type Endpoint, type HandshakeSnapshot, type Hub } from '#hub';
import type { ResolvedConnectionOptions } from '../options/connection-options.resolver.js';
import { describeError } from '../support/describe-error.js';
import type { Gate } from './gate.js';
import { pathOf, type PathMatch } from '../routes/gateway-path.js';
import type { GatewayRoute } from '../routes/gateway-route.js';
import type { Admission, HandshakePipeline } from './handshake-pipeline.js';
import { negotiateProtocol, type Negotiation } from './protocol-negotiation.js';
import { reasonOf, rejectStatus, rejectWith } from './refusals.js';
import { UpgradeLog } from './upgrade-log.js';
import { UpgradeDecision } from './upgrade-decision.js';
import { VerificationCount } from './verification-count.js';

/** A path that is served: what decides about its clients and what takes them in. */
interface MountedRoute {
  readonly route: GatewayRoute;
  /** Versions of the wire that are spoken beside the protocols of the route. */
  readonly versions: readonly string[];
  readonly options: ResolvedConnectionOptions;
  readonly handshake: HandshakePipeline;
  readonly endpoint: Endpoint;
  /** Milliseconds for the whole opening handshake. */
  readonly handshakeTimeout: number;
  /** Who reads a refusal in frames. */
  readonly refuseInFrames: RefuseInFrames;
  /** Knows the client's address and whether there is room for one more. */
  readonly hub: Hub;
}

/** Who asks to be let in. */
interface Client {
  readonly upgrade: UpgradeRequest;
  readonly handshake: HandshakeSnapshot;
  readonly echo: Negotiation['echo'];
  /** Undefined while nobody listens. */
  readonly decision: UpgradeDecision | undefined;
}

const NOBODY: Admission = { user: undefined, headers: {} };

/** Takes the upgrades of one path: every check before the 101, then the connection. */
export class UpgradeHandler implements UpgradeRoute<PathMatch> {
  readonly #mounted: MountedRoute;
  readonly #gate: Gate;
  readonly #log: UpgradeLog;
  readonly #logger = new Logger('WsModule', { timestamp: true });

  readonly exclusive = true;
  #hasToldOfOrigins = false;
  #hasToldOfProtocols = false;

  constructor(mounted: MountedRoute, gate: Gate) {
    this.#mounted = mounted;
    this.#log = new UpgradeLog(mounted.route.path.pattern);
    this.#gate = gate;
  }

  get handshakeTimeout(): number {
    return this.#mounted.handshakeTimeout;
  }

  get maxPerSession(): number {
    return this.#mounted.hub.limits.perHttp2Session;
  }

  get refuseInFrames(): RefuseInFrames {
    return this.#mounted.refuseInFrames;
  }

  claims(request: IncomingMessage): PathMatch | false {
    const { path, version } = this.#mounted.route;
    const match = path.match(pathOf(request.url ?? ''));
    return match !== null && version.accepts(request) && match;
  }

  handle(request: IncomingMessage, socket: Duplex, head: Buffer, match: PathMatch): void {
    const { options, handshakeTimeout, refuseInFrames, hub, route } = this.#mounted;
    const decision = UpgradeDecision.begin(hub, route.path.pattern, request);
    const upgrade = UpgradeRequest.read(request, socket, head, {
      handshakeTimeout,
      perMessageDeflate: options.compression,
      refuseInFrames,
      refusedWith: (status, refusal) => {
        this.#log.refused(status, refusal);
        decision?.refused(status, reasonOf(refusal));
      },
    });
    if (upgrade === null) return;
    if (decision === undefined) {
      if (!upgrade.settled) this.#decide(upgrade, match);
      return;
    }
    upgrade.onAbort(() => decision.left());
    if (upgrade.settled) return;
    decision[kEnter](
      () => this.#decide(upgrade, match, decision),
      (error) => this.#logger.error(describeError(error)),
    );
  }

  /** Every check, from here on without a word about the version of HTTP. */
  #decide(upgrade: UpgradeRequest, match: PathMatch, decision?: UpgradeDecision): void {
    if (!this.#gate.admit(upgrade)) return;
    const { route, versions, options, handshake: pipeline, hub } = this.#mounted;
    const { opening } = upgrade;
    const params = match.params();
    if (params === null) {
      rejectStatus(upgrade, 400, 'Cannot decode path: a percent-encoding is malformed');
      return;
    }
    if (!pageAllowed(opening, options.allowedOrigins, hub.addresses)) {
      this.#refusePage(upgrade);
      return;
    }
    const negotiation = negotiateProtocol(route.protocols, opening.protocols, versions);
    if (negotiation === undefined) {
      const known = route.protocols.join(', ');
      rejectStatus(upgrade, 400, `Cannot agree on a subprotocol: expected one of ${known}`);
      return;
    }
    const { protocol, echo } = negotiation;
    if (protocol === '' && echo === undefined && opening.protocols.length > 0) {
      this.#tellOfProtocols();
    }
    const handshake = hub.snapshot(opening, { params, protocol });
    const client = { upgrade, handshake, echo, decision };
    if (pipeline.isOpen) this.#accept(client, NOBODY);
    else void this.#gate.during(upgrade, () => this.#verify(client));
  }

  #refusePage(upgrade: UpgradeRequest): void {
    const { allowedOrigins } = this.#mounted.options;
    rejectStatus(upgrade, 403, pageRefusal(allowedOrigins));
    if (allowedOrigins !== undefined || this.#hasToldOfOrigins) return;
    this.#hasToldOfOrigins = true;
    this.#logger.warn(pageRefusalLog(upgrade.opening));
  }

  /** Most clients leave without a word when none of their offers is taken. */
  #tellOfProtocols(): void {
    if (this.#hasToldOfProtocols) return;
    this.#hasToldOfProtocols = true;
    this.#logger.warn(
      `Cannot take a subprotocol that a client of ${this.#mounted.route.path.pattern} offers: no gateway of the path has @Protocol. A browser closes such a connection with 1006: name the protocol there, or let the client offer its token alone. Told once`,
    );
  }

  /** Never rejects: whatever goes wrong is an answer to the client. */
  async #verify(client: Client): Promise<void> {
    const { upgrade, handshake } = client;
    const { hub, handshake: pipeline, handshakeTimeout } = this.#mounted;
    let count: VerificationCount | undefined;
    try {
      count = new VerificationCount(handshakeTimeout, hub.limits.begin(handshake.ip));
      const counted = count;
      upgrade.onAbort(() => counted.abandoned());
      const admission = await pipeline.verify(upgrade.request, handshake);
      // The client may have left, the time run out or the application closed in the meantime.
      if (!upgrade.settled) this.#accept(client, admission);
    } catch (error) {
      // Counted once: as one that waits, or as one that was refused.
      count?.settled();
      this.#refuse(upgrade, error);
    } finally {
      count?.settled();
    }
  }

  #accept({ upgrade, handshake, echo, decision }: Client, { user, headers }: Admission): void {
    try {
      const { endpoint } = this.#mounted;
      const connection = endpoint.accept(upgrade, handshake, { echo, user, headers });
      decision?.accepted(connection);
    } catch (error) {
      this.#refuse(upgrade, error);
    }
  }

  #refuse(upgrade: UpgradeRequest, error: unknown): void {
    if (error instanceof HttpException) {
      rejectWith(upgrade, error);
    } else if (error instanceof HandshakeError) {
      rejectStatus(upgrade, error.status, error.message, { ...error.headers });
    } else {
      this.#logger.error('Cannot verify client', error instanceof Error ? error.stack : error);
      rejectStatus(upgrade, 500, 'Internal server error');
    }
  }
}
