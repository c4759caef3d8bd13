import type { IncomingMessage, Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { claimFirst } from './claim-first.js';
import { UnclaimedUpgrade } from './unclaimed-upgrade.js';
import { DEFAULT_HANDSHAKE_TIMEOUT } from './upgrade-request.js';

/** One taker of upgrades on an HTTP server. */
export interface UpgradeRoute<Claim = unknown> {
  /**
   * Milliseconds an upgrade has. What no route claims is left to other listeners for the longest time of
   * all routes; default, and at 0, 10,000.
   */
  readonly handshakeTimeout?: number;
  /**
   * Whether this upgrade is meant for it; must not touch the socket. Asked once of each upgrade.
   * @returns false when it is not; else true, or what was found by looking, for `handle`
   */
  claims(request: IncomingMessage): Claim | false;
  /** @param claim what `claims` has returned */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, claim: Claim): void;
}

/** Milliseconds other listeners have while the server goes away, which waits for every socket. */
const CLOSING_PATIENCE = 500;

const routers = new WeakMap<Server | HttpsServer, UpgradeRouter>();

/**
 * Shares the upgrades of one HTTP server among any number of WebSocket servers and gateways, and with
 * 'upgrade' listeners it does not know. What a route claims no listener hears of. What nobody claims is
 * left to them, and answered 404 when there are none, or when none has begun to answer, read or end it
 * within the handshake timeout (RFC 6455 4.2.2).
 */
export class UpgradeRouter {
  private readonly routes = new Set<UpgradeRoute>();
  private readonly held = new Set<UnclaimedUpgrade>();
  private readonly forget = (upgrade: UnclaimedUpgrade): void => void this.held.delete(upgrade);
  private stopClaiming: (() => void) | null = null;
  // What was asked about already, on its way to the listeners.
  private asked: IncomingMessage | null = null;
  private unclaimed: UnclaimedUpgrade | null = null;
  private warned = false;
  private closing = false;

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
    if (this.routes.size === 0) this.attach();
    this.routes.add(route);
    return () => {
      if (this.routes.delete(route) && this.routes.size === 0) this.detach();
    };
  }

  /**
   * The server is about to close, and would wait for upgrades that are left to other listeners: those that
   * nobody has taken are answered 503, and later ones are held for half a second.
   */
  close(): void {
    this.closing = true;
    for (const upgrade of this.held) upgrade.release();
  }

  private attach(): void {
    this.closing = false;
    this.server.prependListener('upgrade', this.dispatch);
    this.stopClaiming = claimFirst(this.server, this.take);
  }

  private detach(): void {
    this.server.removeListener('upgrade', this.dispatch);
    this.stopClaiming?.();
    this.stopClaiming = null;
  }

  /** @returns whether a route has taken it */
  private readonly take = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    for (const route of this.routes) {
      const claim = route.claims(request);
      if (!claim) continue;
      route.handle(request, socket, head, claim);
      return true;
    }
    this.asked = request;
    this.unclaimed = new UnclaimedUpgrade(request, socket, this.forget);
    return false;
  };

  private readonly dispatch = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const isShared = this.server.listenerCount('upgrade') > 1;
    if (request !== this.asked && this.take(request, socket, head)) {
      if (isShared) this.warn();
      return;
    }
    const unclaimed = this.unclaimed!;
    this.asked = this.unclaimed = null;
    if (!isShared) {
      unclaimed.refuse();
      return;
    }
    this.held.add(unclaimed);
    unclaimed.hold(this.patience());
  };

  private patience(): number {
    if (this.closing) return CLOSING_PATIENCE;
    let longest = 0;
    for (const { handshakeTimeout } of this.routes) {
      longest = Math.max(longest, handshakeTimeout || DEFAULT_HANDSHAKE_TIMEOUT);
    }
    return longest;
  }

  /** The other listeners are given a socket that is taken, and may write into it. */
  private warn(): void {
    if (this.warned) return;
    this.warned = true;
    process.emitWarning(
      'Cannot keep other "upgrade" listeners from an upgrade that is taken: something has replaced "emit" of the HTTP server. Give each WebSocket server an HTTP server of its own',
      { code: 'NESTWIRE_SHARED_UPGRADE' },
    );
  }
}
