import { CloseCode, LimitError } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { ConnectionRegistry } from '../connection/connection-registry.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import { Broadcast } from './broadcast.js';
import { RoomIndex } from './room-index.js';

/** Longest room name, in UTF-16 units: names often come from clients and are keys of a map. */
export const MAX_ROOM_NAME_LENGTH = 256;
export const DEFAULT_MAX_ROOMS_PER_CONNECTION = 1000;

export interface RoomsOptions {
  /** Rooms one connection may be in at a time; default 1,000. Joining one more throws. */
  maxRoomsPerConnection?: number | undefined;
}

/** Groups of connections by name. A room exists while somebody is in it; a close leaves them all. */
export class Rooms {
  readonly #registry: ConnectionRegistry;
  readonly #index = new RoomIndex();
  readonly #limit: number;
  readonly #audience = {
    members: (room: string): ReadonlySet<Connection> => this.#index.members(room),
    everyone: (): Iterable<Connection> => this.#registry,
  };

  constructor(registry: ConnectionRegistry, options: RoomsOptions = {}) {
    this.#registry = registry;
    this.#limit = options.maxRoomsPerConnection ?? DEFAULT_MAX_ROOMS_PER_CONNECTION;
  }

  /**
   * @returns whether the connection is in the room now: false only when it has closed meanwhile.
   * @throws {WireError} BAD_REQUEST for a name that is not a string of 1 to 256 characters.
   * @throws {LimitError} past `maxRoomsPerConnection`; nothing is changed then.
   */
  join(connection: Connection<object>, room: string): boolean {
    checkName(room);
    if (connection.rooms.size >= this.#limit && !connection.rooms.has(room)) {
      throw new LimitError(
        `Cannot join room: the limit is ${this.#limit} rooms for each connection`,
        'WS_ERR_TOO_MANY_ROOMS',
        CloseCode.PolicyViolation,
      );
    }
    return this.#index.add(plain(connection), room);
  }

  /** @returns whether the connection was in the room. */
  leave(connection: Connection<object>, room: string): boolean {
    return this.#index.remove(plain(connection), room);
  }

  /** A live view: copy it to keep it. Empty for a room that does not exist. */
  members(room: string): ReadonlySet<Connection> {
    return this.#index.members(room);
  }

  size(room: string): number {
    return this.#index.members(room).size;
  }

  /** The rooms that have members, each once. */
  names(): string[] {
    return [...this.#index.names()];
  }

  to(rooms: string | readonly string[]): Broadcast {
    return new Broadcast(this.#audience, typeof rooms === 'string' ? [rooms] : rooms);
  }

  /** Every open connection that has passed its connect hook, in a room or not. */
  toAll(): Broadcast {
    return new Broadcast(this.#audience, null);
  }

  /** @internal Called when a connection has closed. */
  evict(connection: Connection): void {
    this.#index.evict(connection);
  }
}

/** Rooms never look at a connection's data, so its type does not matter to them. */
function plain(connection: Connection<object>): Connection {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- widens `data`, see above
  return connection as Connection;
}

function checkName(room: unknown): void {
  if (typeof room === 'string' && room.length > 0 && room.length <= MAX_ROOM_NAME_LENGTH) return;
  const value = typeof room === 'string' ? `${room.length} characters` : `of type ${typeof room}`;
  throw new WireError(
    ErrorCode.BadRequest,
    `Cannot use room name: a string of 1 to ${MAX_ROOM_NAME_LENGTH} characters is expected, current value is ${value}`,
  );
}
