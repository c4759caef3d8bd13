import { LimitError, UsageError } from '#engine';
import type { AnyContract, Contract } from '#contract';
import type { Connection } from '../connection/connection.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import { count } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable } from '../options/option-table.js';
import type { HubScope } from '../support/hub-scope.js';
import type { Audience } from './address.js';
import type { Broadcast } from './broadcast.js';
import { Broadcaster } from './broadcaster.js';
import type { Relay } from './relay.js';
import type { ClusterRooms } from './cluster-rooms.js';
import { RoomIndex } from './room-index.js';
import { RoomObservers, type RoomObserver } from './room-observer.js';
import { HubCloseCauses } from '../wire/close-causes.js';
import { plain, type SomeConnection, type SomeContract } from '../connection/plain-connection.js';
import { kAlsoSettles, kEvict, kInCluster } from '../support/own-names.js';

/** Longest room name, in UTF-16 units: names often come from clients and are keys of a map. */
const MAX_ROOM_NAME_LENGTH = 256;

export interface RoomsOptions {
  /** Rooms one connection may be in at a time; default 1,000. Joining one more throws. */
  maxRoomsPerConnection?: number | undefined;
}

export const ROOMS_OPTIONS = new OptionTable({
  maxRoomsPerConnection: count(1_000),
} satisfies OptionsFor<RoomsOptions>);

/** The connections that are in no room and may be addressed all the same. */
interface Everybody extends Iterable<Connection> {
  byUser(userId: string): ReadonlySet<Connection>;
}

/**
 * Groups of connections by name. A room exists while somebody is in it; a close leaves them all.
 * @typeParam C what the path of the members speaks; default: anything
 */
export class Rooms<C extends Contract = AnyContract> {
  /** Sends to rooms, users and everyone. */
  readonly broadcaster: Broadcaster<C>;
  readonly #observers: RoomObservers;
  readonly #index: RoomIndex;
  readonly #limit: number;
  #cluster: ClusterRooms | undefined;
  readonly #relay: Relay | undefined;
  readonly #settling: ((room: string) => Promise<void>)[] = [];

  /**
   * @param failed told what an observer threw; default: nobody
   * @param relay takes broadcasts to the other nodes; default: there are none
   * @param scope whose news of broadcasts are; default its own
   * @throws {UsageError} for an option that is out of its range
   */
  constructor(
    everybody: Everybody,
    options: RoomsOptions = {},
    failed: (error: unknown) => void = () => {},
    relay?: Relay,
    scope?: HubScope,
  ) {
    this.#relay = relay;
    this.#observers = new RoomObservers(failed);
    this.#index = new RoomIndex(this.#observers);
    this.#limit = ROOMS_OPTIONS.resolve(options, usagePlace('rooms')).maxRoomsPerConnection;
    const audience: Audience = {
      scope: scope ?? { hub: this, node: '' },
      members: (room) => this.#index.members(room),
      ofUser: (userId) => everybody.byUser(userId),
      everyone: () => everybody,
    };
    this.broadcaster = new Broadcaster(audience, relay);
  }

  /**
   * @returns whether the connection is in the room now: not when it has closed meanwhile, or when an
   *   observer has taken it out at once.
   * @throws {WireError} BAD_REQUEST for a name that is not a string of 1 to 256 characters.
   * @throws {LimitError} past `maxRoomsPerConnection`; nothing is changed then.
   */
  join(connection: SomeConnection, room: string): boolean {
    checkRoomName(room);
    if (connection.rooms.size >= this.#limit && !connection.rooms.has(room)) {
      const { reason, code } = HubCloseCauses.TooManyRooms;
      throw new LimitError(reason(this.#limit), 'WS_ERR_TOO_MANY_ROOMS', code);
    }
    return this.#index.add(plain(connection), room);
  }

  /** @returns whether the connection was in the room. */
  leave(connection: SomeConnection, room: string): boolean {
    return this.#index.remove(plain(connection), room);
  }

  /** Leaves every room. @returns how many there were. */
  leaveAll(connection: SomeConnection): number {
    let left = 0;
    for (const room of connection.rooms) if (this.leave(connection, room)) left++;
    return left;
  }

  /** A live view: copy it to keep it. Empty for a room that does not exist. */
  members(room: string): ReadonlySet<Connection<C>>;
  members(room: string): ReadonlySet<SomeConnection> {
    return this.#index.members(room);
  }

  /** Whether the connection is in the room. */
  has(connection: SomeConnection, room: string): boolean {
    return this.#index.members(room).has(plain(connection));
  }

  /** Members of a room, 0 for one that does not exist. */
  size(room: string): number {
    return this.#index.members(room).size;
  }

  /** Rooms that have members. */
  get count(): number {
    return this.#index.size;
  }

  /** The rooms that have members, each once. */
  names(): string[] {
    return [...this.#index.names()];
  }

  /**
   * The rooms of all nodes, asked for over the broker; those of this node alone without one.
   * @throws {UsageError} for rooms that belong to no hub
   */
  get cluster(): ClusterRooms {
    if (this.#cluster !== undefined) return this.#cluster;
    throw new UsageError('Cannot ask all nodes: the rooms belong to no hub');
  }

  /** Tells `observer` of rooms created and emptied, of members that come and go. @returns how to stop */
  observe(observer: RoomObserver<C>): () => void;
  observe(observer: RoomObserver<SomeContract>): () => void {
    return this.#observers.add(observer);
  }

  /**
   * Settles when messages of other nodes for the room are received here: soon after the first local member
   * has joined. At once where there are no other nodes, and while the broker is away.
   */
  async settled(room: string): Promise<void> {
    await Promise.all([this.#relay?.settled(room), ...this.#settling.map((one) => one(room))]);
  }

  /** @internal Has `settled` wait for one thing more, which must not reject. */
  [kAlsoSettles](settling: (room: string) => Promise<void>): void {
    this.#settling.push(settling);
  }

  /** The members of a room, or of several: each of them once. */
  to(rooms: string | readonly string[]): Broadcast<C> {
    return this.broadcaster.to(rooms);
  }

  /** Every open connection that has passed its connect hook, in a room or not. */
  toAll(): Broadcast<C> {
    return this.broadcaster.toAll();
  }

  /** @internal Once, by the hub. */
  [kInCluster](cluster: ClusterRooms): void {
    this.#cluster = cluster;
  }

  /** @internal Called when a connection has closed. */
  [kEvict](connection: Connection): void {
    this.#index.evict(connection);
  }
}

/** @throws {WireError} BAD_REQUEST for a name that is not a string of 1 to 256 characters. */
export function checkRoomName(room: unknown): asserts room is string {
  if (typeof room === 'string' && room.length > 0 && room.length <= MAX_ROOM_NAME_LENGTH) return;
  const value = typeof room === 'string' ? `${room.length} characters` : `of type ${typeof room}`;
  throw new WireError(
    ErrorCode.BadRequest,
    `Cannot use room name: a string of 1 to ${MAX_ROOM_NAME_LENGTH} characters is expected, current value is ${value}`,
  );
}
