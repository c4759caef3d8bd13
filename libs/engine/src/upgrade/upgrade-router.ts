import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { claimFirst } from './claim-first.js';
import type { RefuseInFrames } from './framed-refusal.js';
import { ConnectStreams, type ClaimedStream } from './connect-streams.js';
import type { Http2Request } from '../opening/http2-request.js';
import { isHttp2Server, type UpgradableServer } from './upgradable-server.js';
import { HeadDeadlines } from './head-deadlines.js';
import { UnclaimedUpgrade } from './unclaimed-upgrade.js';
import { DEFAULT_MAX_PER_SESSION } from './http2-only-server.js';
import { DEFAULT_HANDSHAKE_TIMEOUT } from './upgrade-request.js';

/** One taker of upgrades on an HTTP server. */
export interface UpgradeRoute<Claim = unknown> {
  /**
   * Milliseconds an upgrade has. What no route claims is left to other listeners for the longest time of
   * all routes; default, and at 0, 10,000.
   */
  readonly handshakeTimeout?: number;
  /**
   * Whether other 'upgrade' listeners do not hear of what it claims; default false. Servers of other
   * libraries would answer it too; but so would a listener that checks who comes, as programs for `ws` have.
   */
  readonly exclusive?: boolean;
  /**
   * WebSockets that one session of HTTP/2 may have, those of other routes included; one more is refused 503.
   * 0 = no limit. Default 256: browsers open up to 255 to one host, and a proxy that carries more clients
   * opens more sessions.
   */
  readonly maxPerSession?: number;
  /** Says who is refused in frames of those that no route claims; default nobody. */
  readonly refuseInFrames?: RefuseInFrames;
  /**
   * Whether this upgrade is meant for it; must not touch the socket. Asked once of each upgrade.
   * @returns false when it is not; else true, or what was found by looking, for `handle`
   */
  claims(request: IncomingMessage): Claim | false;
  /** @param claim what `claims` has returned */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, claim: Claim): void;
}

/** An upgrade that every route was asked about. */
interface AskedUpgrade {
  readonly request: IncomingMessage;
  /** The one that claims it. */
  readonly route: UpgradeRoute | null;
  readonly claim: unknown;
  /** When there is none. */
  readonly unclaimed: UnclaimedUpgrade | null;
}

/** Milliseconds other listeners have while the server goes away, which waits for every socket. */
const CLOSING_PATIENCE = 500;

const EMPTY = Buffer.alloc(0);
const routers = new WeakMap<UpgradableServer, UpgradeRouter>();

/**
 * Shares the upgrades of one HTTP server among any number of WebSocket servers and gateways, and with
 * 'upgrade' listeners it does not know. Of what an exclusive route claims these do not hear; what another
 * claims they see in the order of listeners. What nobody claims is left to them, and answered 404 when there are none, or when none has begun to answer, read or end it
 * within the handshake timeout (RFC 6455 4.2.2).
 */
export class UpgradeRouter {
  private readonly routes = new Set<UpgradeRoute>();
  private readonly held = new Set<UnclaimedUpgrade>();
  private readonly forget = (upgrade: UnclaimedUpgrade): void => void this.held.delete(upgrade);
  private stopClaiming: (() => void) | null = null;
  // On its way to the listeners, ours among them.
  private asked: AskedUpgrade | null = null;
  private deadlines: HeadDeadlines | null = null;
  private warned = false;
  private closing = false;

  /** The router of `server`, made when first asked for. */
  static of(server: UpgradableServer): UpgradeRouter {
    let router = routers.get(server);
    if (router === undefined) {
      router = new UpgradeRouter(server);
      routers.set(server, router);
    }
    return router;
  }

  private constructor(private readonly server: UpgradableServer) {}

  /** Adds a route behind those there are. @returns how to take it away again. */
  mount<Claim>(route: UpgradeRoute<Claim>): () => void {
    if (this.routes.size === 0) this.attach();
    this.routes.add(route);
    return () => {
      if (this.routes.delete(route) && this.routes.size === 0) this.detach();
    };
  }

  /**
   * Connections whose first request takes longer than this are answered 408, as long as there are routes:
   * also those of plain requests, for which is which only its head tells.
   * @param milliseconds 0 = Node's own times, a minute and more; a server of HTTP/2 keeps these
   */
  limitHeads(milliseconds: number): void {
    this.deadlines?.end();
    const { server } = this;
    this.deadlines =
      milliseconds > 0 && !isHttp2Server(server) ? new HeadDeadlines(server, milliseconds) : null;
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
    this.server.on('upgrade', this.dispatch);
    const streams = isHttp2Server(this.server) ? new ConnectStreams(this.server, this) : null;
    this.stopClaiming = claimFirst(this.server, {
      upgrade: this.take,
      ...(streams === null ? {} : { stream: streams.take }),
    });
    if (streams !== null && this.stopClaiming === null) throw streams.cannotClaim();
  }

  private detach(): void {
    this.server.removeListener('upgrade', this.dispatch);
    this.stopClaiming?.();
    this.stopClaiming = null;
    this.limitHeads(0);
  }

  /** @returns whether an exclusive route has taken it */
  private readonly take = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    this.deadlines?.heard(request.socket);
    const asked = this.ask(request, socket, true);
    if (asked.route?.exclusive === true) {
      asked.route.handle(request, socket, head, asked.claim);
      return true;
    }
    this.asked = asked;
    return false;
  };

  /** @internal A stream that asks for a WebSocket, of a session of HTTP/2. @returns null when no route claims it */
  claimStream(request: Http2Request): ClaimedStream | null {
    for (const route of this.routes) {
      const claim = route.claims(request);
      if (!claim) continue;
      return {
        maxPerSession: route.maxPerSession ?? DEFAULT_MAX_PER_SESSION,
        take: () => route.handle(request, request.stream, EMPTY, claim),
      };
    }
    return null;
  }

  /** @internal Milliseconds that other listeners have for what nobody claims. */
  get patience(): number {
    if (this.closing) return CLOSING_PATIENCE;
    let longest = 0;
    for (const { handshakeTimeout } of this.routes) {
      longest = Math.max(longest, handshakeTimeout || DEFAULT_HANDSHAKE_TIMEOUT);
    }
    return longest;
  }

  private readonly dispatch = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.deadlines?.heard(request.socket);
    const isShared = this.server.listenerCount('upgrade') > 1;
    const isKnown = this.asked?.request === request;
    const { route, claim, unclaimed } = isKnown ? this.asked! : this.ask(request, socket, false);
    this.asked = null;
    if (route !== null) {
      if (isShared && route.exclusive === true) this.warn();
      route.handle(request, socket, head, claim);
    } else if (isShared) {
      this.held.add(unclaimed!);
      unclaimed!.hold(this.patience);
    } else {
      unclaimed!.refuse();
    }
  };

  private ask(request: IncomingMessage, socket: Duplex, isFirst: boolean): AskedUpgrade {
    for (const route of this.routes) {
      const claim = route.claims(request);
      if (claim) return { request, route, claim, unclaimed: null };
    }
    const inFrames = this.refuseInFrames();
    const unclaimed = new UnclaimedUpgrade(request, socket, this.forget, isFirst, inFrames);
    return { request, route: null, claim: null, unclaimed };
  }

  /** Of the first route that has it. */
  private refuseInFrames(): RefuseInFrames | undefined {
    for (const { refuseInFrames } of this.routes) if (refuseInFrames) return refuseInFrames;
    return undefined;
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
