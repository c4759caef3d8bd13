import type { Connection } from '../connection/connection.js';
import type { HubScope } from '../support/hub-scope.js';
import { Phase } from '../connection/state/phase.js';
import { kCore } from '../connection/connection-core.js';

/**
 * Whom a broadcast is for, in names only, so that it means the same on every node. `rooms` and
 * `users` add up; with neither it is for everyone.
 */
export interface Address {
  readonly rooms: readonly string[];
  readonly users: readonly string[];
  readonly everyone: boolean;
  readonly exceptRooms: readonly string[];
  /** Ids of connections. */
  readonly exceptIds: ReadonlySet<string>;
}

/** Where a broadcast finds its receivers. */
export interface Audience {
  /** Whose it is; without one nobody is told of broadcasts to it. */
  readonly scope?: HubScope | undefined;
  members(room: string): ReadonlySet<Connection>;
  ofUser(userId: string): ReadonlySet<Connection>;
  everyone(): Iterable<Connection>;
}

/**
 * The connections of this node that an address means, each once. May be a live view: handing over a
 * message can close a receiver and so change the set under a loop, which Set and Map allow.
 */
export function resolveAddress(address: Address, audience: Audience): Iterable<Connection> {
  const { rooms, users, everyone } = address;
  if (everyone) return audience.everyone();
  const [room] = rooms;
  if (users.length === 0 && room !== undefined && rooms.length === 1) return audience.members(room);
  const [user] = users;
  if (rooms.length === 0 && user !== undefined && users.length === 1) return audience.ofUser(user);
  const receivers = new Set<Connection>();
  for (const name of rooms) for (const one of audience.members(name)) receivers.add(one);
  for (const id of users) for (const one of audience.ofUser(id)) receivers.add(one);
  return receivers;
}

/** Whether a connection the address means is left out after all. */
export function isExcepted(address: Address, connection: Connection, audience: Audience): boolean {
  // Whoever the connect hook has not let in yet hears only the rooms that hook has put it into.
  if (
    connection[kCore].phase === Phase.Connecting &&
    !address.rooms.some((room) => connection.rooms.has(room))
  ) {
    return true;
  }
  const { exceptIds, exceptRooms } = address;
  if (exceptIds.size > 0 && exceptIds.has(connection.id)) return true;
  if (exceptRooms.length === 0) return false;
  return exceptRooms.some((room) => audience.members(room).has(connection));
}
