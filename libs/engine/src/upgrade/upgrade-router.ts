import type { IncomingMessage, Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { publishRefusal } from '../runtime/diagnostics.js';
import { refuseUpgrade } from './refuse-upgrade.js';

/** One taker of upgrades on an HTTP server. */
export interface UpgradeRoute<Claim = unknown> {
  /**
   * Whether this upgrade is meant for it; must not touch the socket. Asked once of each upgrade.
   * @returns false when it is not; else true, or what was found by looking, for `handle`
   */
  claims(request: IncomingMessage): Claim | false;
  /** @param claim what `claims` has returned */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, claim: Claim): void;
}

const routers = new WeakMap<Server | HttpsServer, UpgradeRouter>();

/**
 * Shares the 'upgrade' event of one HTTP server among any number of WebSocket servers and gateways,
 * and with listeners it does not know: an upgrade that nobody claims is left to them, and answered
 * 404 when there are none (RFC 6455 4.2.2).
 */
export class UpgradeRouter {
  private readonly routes = new Set<UpgradeRoute>();

  /** The router of `server`, made when first asked for. */
  static of(server: Server | HttpsServer): UpgradeRouter {
    let router = routers.get(server);
    if (router === undefined) {
      router = new UpgradeRouter(server);
      routers.set(server, router);
    }
    return router;
  }

  private constructor(private readonly server: Server | HttpsServer) {}

  /** Adds a route behind those there are. @returns how to take it away again. */
  mount<Claim>(route: UpgradeRoute<Claim>): () => void {
    if (this.routes.size === 0) this.server.on('upgrade', this.dispatch);
    this.routes.add(route);
    return () => {
      if (this.routes.delete(route) && this.routes.size === 0) {
        this.server.removeListener('upgrade', this.dispatch);
      }
    };
  }

  private readonly dispatch = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    for (const route of this.routes) {
      const claim = route.claims(request);
      if (!claim) continue;
      route.handle(request, socket, head, claim);
      return;
    }
    if (this.server.listenerCount('upgrade') > 1) return;
    refuseUpgrade(socket, 404, { message: 'No WebSocket is served at this path' });
    publishRefusal(request, 404, null);
  };
}
