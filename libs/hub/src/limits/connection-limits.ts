import { DEFAULT_MAX_PER_SESSION, HandshakeError } from '#engine';
import { addressKey } from './address-key.js';
import type { AddressCounts, UserCounts } from './connection-counts.js';
import { oneOf, wholeFrom } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable } from '../options/option-table.js';

/** How many connections there may be. 0 means no limit. */
export interface ConnectionLimitOptions {
  /** Of the whole hub; default 0. */
  readonly total?: number | undefined;
  /** Of one address, or one /64 network with IPv6; default 0. */
  readonly perIp?: number | undefined;
  /** Of one user; default 0. */
  readonly perUser?: number | undefined;
  /**
   * Upgrades of one address that wait for authentication at a time; default 1,000. So many clients of it may
   * be refused in frames at a time, less those that wait.
   */
  readonly pendingPerIp?: number | undefined;
  /**
   * Of one session of HTTP/2, for whoever takes its upgrades; default 256. At a port of the gateways' own its
   * clients are told how many streams they may have.
   */
  readonly perHttp2Session?: number | undefined;
  /**
   * With a broker `perUser` is of all nodes; with `cluster` here `perIp` is, too. `total` and `pendingPerIp`
   * are each node's own. Default `node`.
   */
  readonly scope?: 'node' | 'cluster' | undefined;
}

const limit = wholeFrom(0);

export const CONNECTION_LIMIT_OPTIONS = new OptionTable({
  total: limit(0),
  perIp: limit(0),
  perUser: limit(0),
  pendingPerIp: limit(1_000),
  perHttp2Session: limit(DEFAULT_MAX_PER_SESSION),
  scope: oneOf(['node', 'cluster'])('node'),
} satisfies OptionsFor<ConnectionLimitOptions>);

type ConnectionScope = 'total' | 'ip' | 'user' | 'pending';

/** Connections as `hub.stats` counts them. */
export interface ConnectionStats {
  readonly open: number;
  /** Upgrades that wait for a decision, and clients that were refused in frames and have not left yet. */
  readonly pending: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Refused by the limit that was reached, before the upgrade (503) or after it (1013). */
  readonly refused: Readonly<Record<ConnectionScope, number>>;
}

/** Counts connections and says when there are enough. Refusing is for the caller. */
export class ConnectionLimits {
  /** Of one session of HTTP/2; 0 means no limit. */
  readonly perHttp2Session: number;
  readonly #limits: Record<ConnectionScope, number>;
  readonly #refused: Record<ConnectionScope, number> = { total: 0, ip: 0, user: 0, pending: 0 };
  readonly #users: UserCounts;
  readonly #addresses: AddressCounts | undefined;
  readonly #byIp = new Counter();
  readonly #pendingByIp = new Counter();
  readonly #leavingByIp = new Counter();
  #open = 0;
  #pending = 0;
  #accepted = 0;

  /**
   * @param addresses undefined where only this node counts
   * @throws {UsageError} for a limit that is not a whole number from 0.
   */
  constructor(options: ConnectionLimitOptions, users: UserCounts, addresses?: AddressCounts) {
    this.#users = users;
    this.#addresses = addresses;
    const place = usagePlace('hub', 'connections');
    const { total, perIp, perUser, pendingPerIp, perHttp2Session } =
      CONNECTION_LIMIT_OPTIONS.resolve(options, place);
    this.perHttp2Session = perHttp2Session;
    this.#limits = { total, ip: perIp, user: perUser, pending: pendingPerIp };
  }

  get stats(): ConnectionStats {
    const { total, ip, user, pending } = this.#refused;
    return {
      open: this.#open,
      pending: this.#pending,
      accepted: this.#accepted,
      refused: { total, ip, user, pending },
    };
  }

  /** How many there may be; 0 means no limit. */
  get total(): number {
    return this.#limits.total;
  }

  /** Whether anything is still counted, for tests of leaks. */
  get idle(): boolean {
    const { size } = this.#leavingByIp;
    return this.#open + this.#pending + this.#byIp.size + this.#pendingByIp.size + size === 0;
  }

  /**
   * An upgrade begins to wait for a decision. What is full already is refused now, before anybody
   * looks into a token.
   * @returns to be called once, when it has been decided or the client has left
   * @throws {HandshakeError} 503 with Retry-After
   */
  begin(ip: string): () => void {
    this.checkRoom(ip);
    const key = addressKey(ip);
    if (this.#full('pending', this.#pendingByIp.get(key))) throw this.#refuse('pending');
    return this.#wait(this.#pendingByIp, key);
  }

  /**
   * A client is refused in frames and has a moment to leave. They are counted apart from those that wait for a
   * decision: else who is refused again and again would keep everybody behind the same address from being let in.
   * @returns to be called once, when it has left; undefined when there are enough of its address
   */
  leaving(ip: string): (() => void) | undefined {
    const key = addressKey(ip);
    const there = this.#pendingByIp.get(key) + this.#leavingByIp.get(key);
    return this.#full('pending', there) ? undefined : this.#wait(this.#leavingByIp, key);
  }

  /** @throws {HandshakeError} 503 with Retry-After, when one more connection is too many. */
  checkRoom(ip: string): void {
    if (this.#full('total', this.#open)) throw this.#refuse('total');
    if (this.#limits.ip > 0 && this.#full('ip', this.#ofAddress(ip))) throw this.#refuse('ip');
  }

  /** @throws {HandshakeError} 503 with Retry-After, when the user has as many as may be. */
  checkUser(userId: string): void {
    const { user } = this.#limits;
    if (user > 0 && this.#users.of(userId) >= user) throw this.#refuse('user');
  }

  /** Whether a user who signed in on an open connection has too many now; counted when so. */
  exceededBy(userId: string): boolean {
    const { user } = this.#limits;
    const exceeded = user > 0 && this.#users.of(userId) > user;
    if (exceeded) this.#refused.user++;
    return exceeded;
  }

  /** A connection that was let in is closed, for there are too many on all nodes. */
  closedAsSurplus(scope: 'ip' | 'user'): void {
    this.#refused[scope]++;
  }

  opened(ip: string): void {
    this.#open++;
    this.#accepted++;
    this.#byIp.add(addressKey(ip));
  }

  closed(ip: string): void {
    this.#open--;
    this.#byIp.remove(addressKey(ip));
  }

  #wait(counter: Counter, key: string): () => void {
    counter.add(key);
    this.#pending++;
    let waiting = true;
    return () => {
      if (!waiting) return;
      waiting = false;
      this.#pending--;
      counter.remove(key);
    };
  }

  #ofAddress(ip: string): number {
    const key = addressKey(ip);
    return this.#byIp.get(key) + (this.#addresses?.elsewhere(key) ?? 0);
  }

  #full(scope: ConnectionScope, count: number): boolean {
    return this.#limits[scope] > 0 && count >= this.#limits[scope];
  }

  #refuse(scope: ConnectionScope): HandshakeError {
    this.#refused[scope]++;
    return new HandshakeError(
      `Cannot accept connection: ${REASONS[scope]}`,
      'WS_ERR_TOO_MANY_CONNECTIONS',
      503,
      { 'Retry-After': '5' },
    );
  }
}

const REASONS: Readonly<Record<ConnectionScope, string>> = {
  total: 'the server is full',
  ip: 'there are too many connections from this address',
  user: 'there are too many connections of this user',
  pending: 'too many handshakes from this address are under way',
};

/** Counts by key; a key is forgotten at zero. */
class Counter {
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#counts.size;
  }

  get(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string): void {
    this.#counts.set(key, this.get(key) + 1);
  }

  remove(key: string): void {
    const count = this.get(key) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
