import type { AnyContract, Contract } from '#contract';
import { UsageError } from '#engine';
import { checkCloseFrame } from '../wire/close-codes.js';
import type { Connection } from './connection.js';
import { Phase } from './state/phase.js';
import type { RegistryObserver } from './registry-observer.js';
import { matches, type ConnectionFilter, type ConnectionSelector } from './connection-filter.js';
import type { ClusterConnections } from './cluster-connections.js';
import { ConnectionIndex } from './connection-index.js';
import { userIdOf, type UserIdOf } from './user-id.js';
import { HubCloseCauses } from '../wire/close-causes.js';
import { plain, type SomeConnection, type SomeContract } from './plain-connection.js';
import { kCore } from './connection-core.js';
import { kAdd, kIdentify, kInCluster, kRemove } from '../support/own-names.js';

/** Tags one connection may carry: they are the application's labels, not its storage. */
const MAX_TAGS = 64;
const MAX_TAG_LENGTH = 256;
/** Connections an async iteration hands out before it lets the event loop go round. */
const SLICE = 256;

/**
 * The open connections of a hub, in the order they came. Adding, removing and every look-up by id,
 * user or tag take constant time; a connection is in it from the accepted handshake to its close,
 * the connect hook included. Iterating is safe while connections come and go.
 * @typeParam C what their path speaks; default: anything
 */
export class ConnectionRegistry<C extends Contract = AnyContract>
  implements Iterable<Connection<C>>, AsyncIterable<Connection<C>>
{
  readonly #byId = new Map<string, Connection>();
  readonly #byUser = new ConnectionIndex();
  readonly #byTag = new ConnectionIndex();
  #cluster: ClusterConnections | undefined;
  readonly #userIdOf: UserIdOf;
  readonly #observers = new Set<RegistryObserver>();
  readonly #failed: (error: unknown) => void;

  /**
   * @param userId finds the id in `connection.user`; default `userIdOf`
   * @param failed told what an observer threw; default: nobody
   */
  constructor(userId: UserIdOf = userIdOf, failed: (error: unknown) => void = () => {}) {
    this.#userIdOf = userId;
    this.#failed = failed;
  }

  /**
   * The connections of all nodes, asked for over the broker; those of this node alone without one.
   * @throws {UsageError} for a registry that belongs to no hub
   */
  get cluster(): ClusterConnections {
    if (this.#cluster !== undefined) return this.#cluster;
    throw new UsageError('Cannot ask all nodes: the registry belongs to no hub');
  }

  /** The id under which a user's connections are found. */
  idOf(user: unknown): string | undefined {
    return this.#userIdOf(user);
  }

  /** Open connections. */
  get size(): number {
    return this.#byId.size;
  }

  /** Users with at least one connection. */
  get users(): number {
    return this.#byUser.size;
  }

  get(id: string): Connection<C> | undefined;
  get(id: string): SomeConnection | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** All connections of a user, a live view; empty while the user is offline. */
  byUser(userId: string): ReadonlySet<Connection<C>>;
  byUser(userId: string): ReadonlySet<SomeConnection> {
    return this.#byUser.get(userId);
  }

  /** All connections with a tag, a live view. */
  byTag(tag: string): ReadonlySet<Connection<C>>;
  byTag(tag: string): ReadonlySet<SomeConnection> {
    return this.#byTag.get(tag);
  }

  /** Ids of the users with at least one connection. */
  userIds(): IterableIterator<string> {
    return this.#byUser.keys();
  }

  /** The first connection that is meant. A predicate alone looks at each of them. */
  find(selector: ConnectionSelector<C>): Connection<C> | undefined;
  find(selector: ConnectionSelector<SomeContract>): SomeConnection | undefined {
    for (const connection of this.#select(selector)) return connection;
    return undefined;
  }

  /** The connections that are meant, as they are now. */
  findAll(selector?: ConnectionSelector<C>): Connection<C>[];
  findAll(selector: ConnectionSelector<SomeContract> = {}): SomeConnection[] {
    return [...this.#select(selector)];
  }

  /** How many are meant; without a selector, all. */
  count(selector?: ConnectionSelector<C>): number;
  count(selector?: ConnectionSelector<SomeContract>): number {
    if (selector === undefined) return this.size;
    let count = 0;
    for (const _connection of this.#select(selector)) count++;
    return count;
  }

  /**
   * Labels a connection. A connection that has closed is left alone.
   * @throws {UsageError} for a tag that is not 1 to 256 characters, or past 64 tags.
   */
  tag(connection: SomeConnection, ...tags: readonly string[]): void {
    const one = plain(connection);
    for (const tag of tags) checkTag(tag);
    if (one[kCore].phase === Phase.Closed) return;
    const own = new Set([...one.tags, ...tags]);
    if (own.size > MAX_TAGS) {
      throw new UsageError(
        `Cannot tag connection: the limit is ${MAX_TAGS} tags, current value is ${own.size}`,
      );
    }
    one[kCore].tagged = own;
    for (const tag of tags) this.#byTag.add(tag, one);
  }

  /** Takes labels off; those it does not have are ignored. */
  untag(connection: SomeConnection, ...tags: readonly string[]): void {
    const one = plain(connection);
    if (one[kCore].phase === Phase.Closed) return;
    for (const tag of tags) {
      if (one[kCore].tagged?.delete(tag) === true) this.#byTag.remove(tag, one);
    }
  }

  /**
   * Closes the connections that are meant.
   * @param code default 1008
   * @param reason at most 123 bytes of UTF-8
   * @returns how many were told to close
   * @throws {UsageError} for a code that may not be sent or a reason that is too long; then none is.
   */
  disconnect(selector: ConnectionSelector<C>, code?: number, reason?: string): number;
  disconnect(
    selector: ConnectionSelector<SomeContract>,
    code: number = HubCloseCauses.Disconnected.code,
    reason: string = HubCloseCauses.Disconnected.reason,
  ): number {
    checkCloseFrame('disconnect', code, reason);
    const meant = this.findAll(selector);
    for (const connection of meant) connection.close(code, reason);
    return meant.length;
  }

  /** Closes all connections of a user; see `disconnect`. */
  disconnectUser(userId: string, code?: number, reason?: string): number {
    return this.disconnect({ user: userId }, code, reason);
  }

  /** Tells who comes and who goes. @returns how to stop listening */
  observe(observer: RegistryObserver<C>): () => void;
  observe(observer: RegistryObserver<SomeContract>): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  [Symbol.iterator](): IterableIterator<Connection<C>>;
  [Symbol.iterator](): IterableIterator<SomeConnection> {
    return this.#byId.values();
  }

  /** Goes through all of them without holding up the process: others get a turn every 256. */
  [Symbol.asyncIterator](): AsyncGenerator<Connection<C>, void, undefined>;
  async *[Symbol.asyncIterator](): AsyncGenerator<SomeConnection, void, undefined> {
    let handed = 0;
    for (const connection of this.#byId.values()) {
      if (++handed % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      // It may have closed while the loop was elsewhere.
      if (connection[kCore].phase !== Phase.Closed) yield connection;
    }
  }

  /** @internal Once, by the hub. */
  [kInCluster](cluster: ClusterConnections): void {
    this.#cluster = cluster;
  }

  /** @internal */
  [kAdd](connection: Connection): void {
    this.#byId.set(connection.id, connection);
    this.#identify(connection);
    this.#tell((one) => one.added?.(connection));
  }

  /** @internal `connection.user` has changed. */
  [kIdentify](connection: Connection): void {
    const before = connection.userId;
    if (!this.#byId.has(connection.id) || !this.#identify(connection)) return;
    this.#tell((one) => one.identified?.(connection, before));
  }

  /** @internal The connection keeps its user id and tags, for the disconnect hook to read. */
  [kRemove](connection: Connection): boolean {
    const { userId } = connection;
    const last = userId !== undefined && this.#byUser.remove(userId, connection);
    if (connection[kCore].tagged !== undefined) {
      for (const tag of connection[kCore].tagged) this.#byTag.remove(tag, connection);
    }
    const wasThere = this.#byId.delete(connection.id);
    if (wasThere) this.#tell((one) => one.removed?.(connection));
    if (last) this.#tell((one) => one.offline?.(userId));
    return wasThere;
  }

  /** @returns whether it belongs to somebody else now */
  #identify(connection: Connection): boolean {
    const id = this.#userIdOf(connection.user);
    const before = connection.userId;
    if (id === before) return false;
    connection.userId = id;
    if (before !== undefined && this.#byUser.remove(before, connection)) {
      this.#tell((one) => one.offline?.(before));
    }
    if (id !== undefined && this.#byUser.add(id, connection)) {
      this.#tell((one) => one.online?.(id));
    }
    return true;
  }

  #tell(call: (observer: RegistryObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        call(observer);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  *#select(selector: ConnectionSelector<SomeContract>): Generator<Connection, void, undefined> {
    const filter: ConnectionFilter =
      typeof selector === 'function' ? { where: selector } : selector;
    for (const connection of this.#candidates(filter)) {
      if (matches(connection, filter)) yield connection;
    }
  }

  /** The smallest set that is known to hold them all. */
  #candidates({ user, tag }: ConnectionFilter): Iterable<Connection> {
    if (user !== undefined) return this.#byUser.get(user);
    if (tag !== undefined) return this.#byTag.get(tag);
    return this.#byId.values();
  }
}

function checkTag(tag: unknown): void {
  if (typeof tag === 'string' && tag.length > 0 && tag.length <= MAX_TAG_LENGTH) return;
  throw new UsageError(
    `Cannot tag connection: a tag of 1 to ${MAX_TAG_LENGTH} characters is expected, current value is ${typeof tag === 'string' ? `${tag.length} characters` : typeof tag}`,
  );
}
