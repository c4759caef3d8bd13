import type { Person, PresenceStore } from './presence-store.js';

interface Entry {
  meta: unknown;
  readonly connections: Set<string>;
}

/** Presence in the memory of this process. */
export class MemoryPresenceStore implements PresenceStore {
  readonly #rooms = new Map<string, Map<string, Entry>>();

  /** Rooms with anybody in them. */
  get size(): number {
    return this.#rooms.size;
  }

  enter(room: string, key: string, connectionId: string, meta: unknown): void {
    const people = this.#rooms.get(room) ?? new Map<string, Entry>();
    this.#rooms.set(room, people);
    const entry = people.get(key) ?? { meta, connections: new Set() };
    entry.meta = meta;
    entry.connections.add(connectionId);
    people.set(key, entry);
  }

  leave(room: string, key: string, connectionId: string): void {
    const people = this.#rooms.get(room);
    const entry = people?.get(key);
    if (people === undefined || entry === undefined) return;
    entry.connections.delete(connectionId);
    if (entry.connections.size === 0) people.delete(key);
    if (people.size === 0) this.#rooms.delete(room);
  }

  get(room: string, key: string): Person | undefined {
    const entry = this.#rooms.get(room)?.get(key);
    return entry && person(key, entry);
  }

  list(room: string): Person[] {
    return Array.from(this.#rooms.get(room) ?? [], ([key, entry]) => person(key, entry));
  }
}

function person(key: string, { meta, connections }: Entry): Person {
  return { key, meta, connections: connections.size };
}
