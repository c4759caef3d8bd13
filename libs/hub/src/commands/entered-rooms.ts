import type { Connection } from '../connection/connection.js';
import type { Rooms } from '../rooms/rooms.js';

/** The rooms that clients have entered by themselves and are still in. */
export class EnteredRooms {
  readonly #rooms = new WeakMap<Connection, Set<string>>();
  readonly #members: Rooms;

  constructor(rooms: Rooms) {
    this.#members = rooms;
    // However it left: if the server puts it there again, that is the server's choice.
    rooms.observe({ left: (room, connection) => void this.#rooms.get(connection)?.delete(room) });
  }

  /** Only while it is in the room, so that what was left is not remembered. */
  add(connection: Connection, room: string): void {
    if (!this.#members.has(connection, room)) return;
    const entered = this.#rooms.get(connection) ?? new Set();
    this.#rooms.set(connection, entered.add(room));
  }

  has(connection: Connection, room: string): boolean {
    return this.#rooms.get(connection)?.has(room) === true;
  }
}
