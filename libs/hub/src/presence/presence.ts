import type { AnyContract, Contract, PresenceOf } from '#contract';
import { ConnectionIndex } from '../connection/connection-index.js';
import { plain, type SomeConnection } from '../connection/plain-connection.js';
import { isThenable } from '../support/thenable.js';
import type { Rooms } from '../rooms/rooms.js';
import { encodeEnvelope } from '../wire/codec.js';
import { PRESENCE_EVENT } from '../wire/envelope.js';
import { jsonCodec } from '../wire/json.codec.js';
import { objectWith } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable } from '../options/option-table.js';
import { LocalPresence } from './local-presence.js';
import { MemoryPresenceStore } from './memory-presence-store.js';
import { PresenceNews } from './presence-news.js';
import type { Person, PresenceStore } from './presence-store.js';
import { PresenceWrites } from './presence-writes.js';
import { TimelyPresenceStore } from './timely-presence-store.js';

/** Where it is kept who is in which room. */
export interface PresenceOptions {
  /** Default: in the memory of this process. */
  readonly store?: PresenceStore | undefined;
}

export const PRESENCE_OPTIONS = new OptionTable({
  store: objectWith<PresenceStore>('enter', 'leave', 'get', 'list')(undefined),
} satisfies OptionsFor<PresenceOptions>);

/** How a connection is present in a room. */
interface Visit {
  readonly key: string;
}

/**
 * Knows who is in a room, and tells everybody who is present there: newcomers get the whole list, the
 * others what changes, gathered over a turn of the event loop. Many connections of a user are one
 * person. A member of the room that is not present in it hears nothing.
 * @typeParam C what the path of the rooms speaks; default: anything
 */
export class Presence<C extends Contract = AnyContract> {
  readonly #rooms: Rooms;
  readonly #store: PresenceStore;
  readonly #writes: PresenceWrites;
  readonly #news: PresenceNews;
  /** The visits of each connection, by room. */
  readonly #tracked = new Map<SomeConnection, Map<string, Visit>>();
  readonly #present = new ConnectionIndex();
  /** Only those with a connection to this process, whatever other nodes have. */
  readonly local: LocalPresence<PresenceOf<C>>;

  /**
   * @param report told when the store fails; a room is then a little out of date
   * @param shared makes it one with the presence of other nodes, and keeps the time by itself
   * @throws {UsageError} for an unknown option, or something that is no store
   */
  constructor(
    rooms: Rooms,
    options: PresenceOptions,
    report: (error: unknown) => void,
    shared?: PresenceStore,
  ) {
    this.#rooms = rooms;
    const { store } = PRESENCE_OPTIONS.resolve(options, usagePlace('hub', 'presence'));
    this.#store =
      store === undefined
        ? (shared ?? new MemoryPresenceStore())
        : new TimelyPresenceStore(store, report);
    this.#writes = new PresenceWrites(this.#store, report);
    this.#news = new PresenceNews(this.#store, this.#present, report);
    this.local = new LocalPresence(this.#store, (room) => this.#keys(room));
    this.#store.watch?.((room, key) => this.#news.touchElsewhere(room, key));
    rooms.observe({ left: (room, connection) => this.#left(room, connection) });
  }

  /** Connections that are present somewhere, for tests of leaks. */
  get size(): number {
    return this.#tracked.size;
  }

  /**
   * Makes a connection present in a room, which it joins, and sends it who is there: at once, or with
   * many newcomers at the end of the turn. Called again it changes the metadata. Leaving the room, or
   * closing, ends it.
   * @param meta about the person: sent to everybody who is present in the room
   * @returns false when the connection has closed, or left the room, meanwhile
   * @throws {WireError | LimitError} what joining the room throws
   * @throws {EncodeError} for metadata that cannot be encoded, and nothing is changed
   */
  track(
    connection: SomeConnection,
    room: string,
    ...meta: undefined extends PresenceOf<C> ? [meta?: PresenceOf<C>] : [meta: PresenceOf<C>]
  ): Promise<boolean>;
  async track(connection: SomeConnection, room: string, meta?: unknown): Promise<boolean> {
    // Encoded before anything is kept: one person's would stand in the way of the whole list.
    encodeEnvelope(jsonCodec, { event: PRESENCE_EVENT, data: meta });
    if (!this.#rooms.join(connection, room)) return false;
    const before = this.#tracked.get(connection)?.get(room);
    // The key stays what it was: who signs in later is somebody else only in the next room.
    const visit = before ?? { key: connection.userId ?? connection.id };
    this.#keep(connection, room, visit);
    try {
      const entered = this.#writes.enter(room, visit.key, connection.id, meta);
      // Only waited for where there is something to wait for: with the store in memory the newcomer
      // hears of the others before anything else is sent to the room.
      if (isThenable(entered)) await entered;
      this.#news.touch(room, visit.key);
      if (before !== undefined) return true;
      if (this.#tracked.get(connection)?.get(room) !== visit) return false;
      const greeted = this.#news.greet(plain(connection), room);
      return isThenable(greeted) ? await greeted : greeted;
    } catch (error) {
      // Who has not been told who is there is not there, and may try again.
      if (before === undefined) this.#left(room, connection, visit);
      throw error;
    }
  }

  /** Ends the presence of a connection without leaving the room. */
  untrack(connection: SomeConnection, room: string): void {
    this.#left(room, connection);
  }

  /** Everybody in a room, on all nodes, in the order they came. */
  people(room: string): Promise<readonly Person<PresenceOf<C>>[]>;
  async people(room: string): Promise<readonly Person[]> {
    return this.#store.list(room);
  }

  /** How many people are in a room: more than `people` lists where nodes only say how many they have. */
  async count(room: string): Promise<number> {
    if (this.#store.count !== undefined) return this.#store.count(room);
    return (await this.#store.list(room)).length;
  }

  /** Whether somebody is in a room, on any node. @param key user id, or id of a connection without user */
  async has(room: string, key: string): Promise<boolean> {
    return (await this.#store.get(room, key)) !== undefined;
  }

  /** Under which key each connection is present in a room. */
  *#keys(room: string): Generator<string, void, undefined> {
    for (const connection of this.#present.get(room)) {
      const visit = this.#tracked.get(connection)?.get(room);
      if (visit !== undefined) yield visit.key;
    }
  }

  #keep(connection: SomeConnection, room: string, visit: Visit): void {
    const visits = this.#tracked.get(connection) ?? new Map<string, Visit>();
    this.#tracked.set(connection, visits.set(room, visit));
    this.#present.add(room, plain(connection));
  }

  /** @param meant only this visit, not one that has begun since; default whichever there is */
  #left(room: string, connection: SomeConnection, meant?: Visit): void {
    const visits = this.#tracked.get(connection);
    const visit = visits?.get(room);
    if (visits === undefined || visit === undefined || (meant ?? visit) !== visit) return;
    visits.delete(room);
    if (visits.size === 0) this.#tracked.delete(connection);
    this.#present.remove(room, plain(connection));
    const left = this.#writes.leave(room, visit.key, connection.id);
    if (isThenable(left)) void left.then(() => this.#news.touch(room, visit.key));
    else this.#news.touch(room, visit.key);
  }
}
