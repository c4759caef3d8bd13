import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpException, Logger } from '@nestjs/common';
import { HandshakeError, UpgradeRequest, type UpgradeRoute } from '#engine';
import { snapshot, type Endpoint, type Hub } from '#hub';
import type { ResolvedConnectionOptions } from '../options/connection-options.resolver.js';
import type { Gate } from './gate.js';
import { pathOf } from '../routes/gateway-path.js';
import type { GatewayRoute } from '../routes/gateway-route.js';
import type { Admission, HandshakePipeline } from './handshake-pipeline.js';
import { pageAllowed } from './origin-policy.js';
import { negotiateProtocol, type Negotiation } from './protocol-negotiation.js';
import { rejectStatus, rejectWith } from './upgrade-answer.js';

/** A path that is served: what decides about its clients and what takes them in. */
interface MountedRoute {
  readonly route: GatewayRoute;
  readonly options: ResolvedConnectionOptions;
  readonly handshake: HandshakePipeline;
  readonly endpoint: Endpoint;
  /** Milliseconds for the whole opening handshake. */
  readonly handshakeTimeout: number;
  /** Knows the client's address and whether there is room for one more. */
  readonly hub: Pick<Hub, 'addresses' | 'limits'>;
}

const NOBODY: Admission = { user: undefined, headers: {} };

/** Takes the upgrades of one path: every check before the 101, then the connection. */
export class UpgradeHandler implements UpgradeRoute {
  private readonly logger = new Logger('WsModule', { timestamp: true });

  constructor(
    private readonly mounted: MountedRoute,
    private readonly gate: Gate,
  ) {}

  claims(request: IncomingMessage): boolean {
    const { path, version } = this.mounted.route;
    return path.matches(pathOf(request.url ?? '')) && version.accepts(request);
  }

  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { route, options, handshake, handshakeTimeout, hub } = this.mounted;
    const upgrade = UpgradeRequest.read(request, socket, head, {
      handshakeTimeout,
      perMessageDeflate: options.compression,
    });
    if (upgrade === null || !this.gate.admit(upgrade)) return;
    const params = route.path.params(pathOf(request.url ?? ''));
    if (params === null) {
      rejectStatus(upgrade, 400, 'Cannot decode path: a percent-encoding is malformed');
      return;
    }
    if (!pageAllowed(upgrade, options.allowedOrigins, hub.addresses)) {
      rejectStatus(upgrade, 403, 'Origin is not allowed (option allowedOrigins)');
      return;
    }
    const negotiation = negotiateProtocol(route.protocols, upgrade.protocols);
    if (negotiation === undefined) {
      const known = route.protocols.join(', ');
      rejectStatus(upgrade, 400, `Cannot agree on a subprotocol: expected one of ${known}`);
      return;
    }
    if (handshake.isOpen) this.accept(upgrade, params, negotiation, NOBODY);
    else void this.gate.during(upgrade, () => this.verify(upgrade, params, negotiation));
  }

  /** Never rejects: whatever goes wrong is an answer to the client. */
  private async verify(
    upgrade: UpgradeRequest,
    params: Record<string, string>,
    negotiation: Negotiation,
  ): Promise<void> {
    const { addresses, limits } = this.mounted.hub;
    let decided: (() => void) | undefined;
    try {
      const { protocol } = negotiation;
      const ip = addresses.of(upgrade.request);
      decided = limits.begin(ip);
      // A decision that never comes must not count for ever: nobody waits for it any more.
      upgrade.onAbort(decided);
      const handshake = snapshot(upgrade, { params, protocol, ip });
      const admission = await this.mounted.handshake.verify(upgrade.request, handshake);
      // The client may have left, the time run out or the application closed in the meantime.
      if (!upgrade.settled) this.accept(upgrade, params, negotiation, admission);
    } catch (error) {
      this.refuse(upgrade, error);
    } finally {
      decided?.();
    }
  }

  private accept(
    upgrade: UpgradeRequest,
    params: Record<string, string>,
    negotiation: Negotiation,
    { user, headers }: Admission,
  ): void {
    try {
      this.mounted.endpoint.accept(upgrade, { ...negotiation, params, user, headers });
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
}
