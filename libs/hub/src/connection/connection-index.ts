import type { Connection } from './connection.js';

const NOBODY: ReadonlySet<Connection> = new Set<Connection>();

/** Connections grouped under a key: a user, a tag, a room. A group exists while somebody is in it. */
export class ConnectionIndex {
  readonly #groups = new Map<string, Set<Connection>>();

  /** Groups that have members. */
  get size(): number {
    return this.#groups.size;
  }

  /** @returns whether the group came into being with it. */
  add(key: string, connection: Connection): boolean {
    const group = this.#groups.get(key);
    if (group !== undefined) {
      group.add(connection);
      return false;
    }
    this.#groups.set(key, new Set([connection]));
    return true;
  }

  /** @returns whether the group ended with it. */
  remove(key: string, connection: Connection): boolean {
    const group = this.#groups.get(key);
    if (group?.delete(connection) !== true || group.size > 0) return false;
    return this.#groups.delete(key);
  }

  /** A live view; empty for a key without members. */
  get(key: string): ReadonlySet<Connection> {
    return this.#groups.get(key) ?? NOBODY;
  }

  keys(): IterableIterator<string> {
    return this.#groups.keys();
  }
}
