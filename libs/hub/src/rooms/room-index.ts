import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/state/phase.js';
import { ConnectionIndex } from '../connection/connection-index.js';
import { about } from '../diagnostics/connection-news.js';
import { told } from '../diagnostics/told.js';
import type { RoomObserver } from './room-observer.js';
import { kCore } from '../connection/connection-core.js';

/**
 * Who is in which room. A room exists while somebody is in it. Both directions are kept (room to
 * members here, connection to rooms on the connection), so that leaving everything on a close costs
 * the rooms of that connection and not all rooms.
 */
export class RoomIndex {
  readonly #rooms = new ConnectionIndex();
  readonly #observer: Required<RoomObserver>;

  constructor(observer: Required<RoomObserver>) {
    this.#observer = observer;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /**
   * @returns whether the connection is in the room now: not when it has closed, for a member added then
   *   would never leave, nor when an observer has taken it out
   */
  add(connection: Connection, room: string): boolean {
    const core = connection[kCore];
    if (core.phase === Phase.Closed) return false;
    if (core.joined?.has(room) === true) return true;
    (core.joined ??= new Set()).add(room);
    if (this.#rooms.add(room, connection)) {
      publish(told.roomCreated, connection, room);
      this.#observer.created(room);
    }
    publish(told.roomJoined, connection, room);
    this.#observer.joined(room, connection);
    return this.#rooms.get(room).has(connection);
  }

  /** @returns whether the connection was in the room. */
  remove(connection: Connection, room: string): boolean {
    // After a close the connection's own list is a memory of where it was and stays as it is.
    const { phase, joined } = connection[kCore];
    if (phase === Phase.Closed || joined?.delete(room) !== true) return false;
    this.#drop(connection, room);
    return true;
  }

  /** Takes a closed connection out of all its rooms. */
  evict(connection: Connection): void {
    const { joined } = connection[kCore];
    if (joined === undefined) return;
    for (const room of joined) this.#drop(connection, room);
  }

  members(room: string): ReadonlySet<Connection> {
    return this.#rooms.get(room);
  }

  names(): IterableIterator<string> {
    return this.#rooms.keys();
  }

  #drop(connection: Connection, room: string): void {
    const ended = this.#rooms.remove(room, connection);
    publish(told.roomLeft, connection, room);
    this.#observer.left(room, connection);
    // An observer of `left` may have filled the room again.
    if (!ended || this.#rooms.get(room).size > 0) return;
    publish(told.roomEmptied, connection, room);
    this.#observer.emptied(room);
  }
}

function publish(channel: typeof told.roomJoined, connection: Connection, room: string): void {
  if (channel.hasSubscribers) channel.publish({ ...about(connection), room });
}
