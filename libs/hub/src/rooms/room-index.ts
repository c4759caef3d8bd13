import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/connection.js';

const NOBODY: ReadonlySet<Connection> = new Set<Connection>();

/**
 * Who is in which room. A room exists while somebody is in it. Both directions are kept (room to
 * members here, connection to rooms on the connection), so that leaving everything on a close costs
 * the rooms of that connection and not all rooms.
 */
export class RoomIndex {
  readonly #rooms = new Map<string, Set<Connection>>();

  get size(): number {
    return this.#rooms.size;
  }

  /** @returns false when the connection has closed: a member added then would never leave. */
  add(connection: Connection, room: string): boolean {
    if (connection.phase === Phase.Closed) return false;
    (connection.joined ??= new Set()).add(room);
    const members = this.#rooms.get(room);
    if (members === undefined) this.#rooms.set(room, new Set([connection]));
    else members.add(connection);
    return true;
  }

  /** @returns whether the connection was in the room. */
  remove(connection: Connection, room: string): boolean {
    // After a close the connection's own list is a memory of where it was and stays as it is.
    if (connection.phase === Phase.Closed || connection.joined?.delete(room) !== true) return false;
    this.#drop(connection, room);
    return true;
  }

  /** Takes a closed connection out of all its rooms. */
  evict(connection: Connection): void {
    if (connection.joined === undefined) return;
    for (const room of connection.joined) this.#drop(connection, room);
  }

  members(room: string): ReadonlySet<Connection> {
    return this.#rooms.get(room) ?? NOBODY;
  }

  names(): IterableIterator<string> {
    return this.#rooms.keys();
  }

  #drop(connection: Connection, room: string): void {
    const members = this.#rooms.get(room);
    if (members?.delete(connection) === true && members.size === 0) this.#rooms.delete(room);
  }
}
