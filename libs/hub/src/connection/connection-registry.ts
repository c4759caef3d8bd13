import type { Connection } from './connection.js';

/**
 * The open connections of a hub, in the order they came. Adding and removing take constant time;
 * a connection is in it from the accepted handshake to its close, the connect hook included.
 * Iterating is safe while connections come and go.
 */
export class ConnectionRegistry implements Iterable<Connection> {
  readonly #byId = new Map<string, Connection>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Connection | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** The first connection that satisfies `predicate`; looks at each of them. */
  find(predicate: (connection: Connection) => boolean): Connection | undefined {
    for (const connection of this.#byId.values()) {
      if (predicate(connection)) return connection;
    }
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#byId.values();
  }

  /** @internal */
  add(connection: Connection): void {
    this.#byId.set(connection.id, connection);
  }

  /** @internal */
  remove(connection: Connection): boolean {
    return this.#byId.delete(connection.id);
  }
}
