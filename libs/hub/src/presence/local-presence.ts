import type { Person, PresenceStore } from './presence-store.js';

/** Who is present with a connection to this process. */
export class LocalPresence<Meta = unknown> {
  readonly #store: PresenceStore;
  /** The key of each connection that is present in a room. */
  readonly #keys: (room: string) => Iterable<string>;

  constructor(store: PresenceStore, keys: (room: string) => Iterable<string>) {
    this.#store = store;
    this.#keys = keys;
  }

  /** Everybody in a room who has a connection here, and how many here, in the order they came. */
  people(room: string): Promise<readonly Person<Meta>[]>;
  async people(room: string): Promise<readonly Person[]> {
    const counts = new Map<string, number>();
    for (const key of this.#keys(room)) counts.set(key, (counts.get(key) ?? 0) + 1);
    if (counts.size === 0) return [];
    const people = await this.#store.list(room);
    return people.flatMap(({ key, meta }) => {
      const connections = counts.get(key);
      return connections === undefined ? [] : [{ key, meta, connections }];
    });
  }

  /** Whether somebody is in a room with a connection to this process. */
  has(room: string, key: string): Promise<boolean> {
    for (const one of this.#keys(room)) if (one === key) return Promise.resolve(true);
    return Promise.resolve(false);
  }
}
