import type { Connection } from '../connection/connection.js';
import { whenKnown, type MaybePromise } from '../support/maybe-promise.js';
import type { Rooms } from '../rooms/rooms.js';
import { encodeEnvelope } from '../wire/codec.js';
import { PRESENCE_EVENT } from '../wire/envelope.js';
import { jsonCodec } from '../wire/json.codec.js';
import { objectWith } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable } from '../options/option-table.js';
import { MemoryPresenceStore } from './memory-presence-store.js';
import type { Person, PresenceStore } from './presence-store.js';

/**
 * Data of the `$presence` event. The first one a client gets of a room has `people`, all of them;
 * the others say what has changed. Applying a change twice does no harm: `joined` is who is there
 * now with that key, `left` who is not.
 */
export interface PresenceUpdate {
  readonly room: string;
  readonly people?: readonly Person[];
  /** Came, or has another number of connections or other metadata. */
  readonly joined?: readonly Person[];
  /** Keys. */
  readonly left?: readonly string[];
}

/** Where it is kept who is in which room. */
export interface PresenceOptions {
  /** Default: in the memory of this process. */
  readonly store?: PresenceStore | undefined;
}

export const PRESENCE_OPTIONS = new OptionTable({
  store: objectWith<PresenceStore>('enter', 'leave', 'get', 'list')(undefined),
} satisfies OptionsFor<PresenceOptions>);

/**
 * Knows who is in a room, and tells everybody in it: newcomers get the whole list, the others what
 * changes, gathered over a turn of the event loop. Many connections of a user are one person.
 */
export class Presence {
  readonly #rooms: Rooms;
  readonly #store: PresenceStore;
  readonly #report: (error: unknown) => void;
  /** The keys each connection is present under, by room. */
  readonly #tracked = new Map<Connection<object>, Map<string, string>>();
  /** Who has come, changed or left since the last turn. */
  readonly #touched = new Map<string, Set<string>>();
  #scheduled = false;
  /** Rooms for which a store is being waited for, and the last that waits. */
  readonly #turns = new Map<string, Promise<void>>();

  /**
   * @param report told when the store fails; a room is then a little out of date
   * @throws {UsageError} for an unknown option, or something that is no store
   */
  constructor(rooms: Rooms, options: PresenceOptions, report: (error: unknown) => void) {
    this.#rooms = rooms;
    const { store } = PRESENCE_OPTIONS.resolve(options, usagePlace('hub', 'presence'));
    this.#store = store ?? new MemoryPresenceStore();
    this.#report = report;
    rooms.observe({ left: (room, connection) => this.#left(room, connection) });
  }

  /** Connections that are present somewhere, for tests of leaks. */
  get size(): number {
    return this.#tracked.size;
  }

  /**
   * Makes a connection present in a room, which it joins, and sends it who is there. Called again it
   * changes the metadata. Leaving the room, or closing, ends it.
   * @param meta about the person: sent to everybody in the room
   * @returns false when the connection has closed, or left the room, meanwhile
   * @throws {WireError | LimitError} what joining the room throws
   * @throws {EncodeError} for metadata that cannot be encoded, and nothing is changed
   */
  async track(connection: Connection<object>, room: string, meta?: unknown): Promise<boolean> {
    // Encoded before anything is kept: one person's would stand in the way of the whole list.
    encodeEnvelope(jsonCodec, { event: PRESENCE_EVENT, data: meta });
    if (!this.#rooms.join(connection, room)) return false;
    const rooms = this.#tracked.get(connection) ?? new Map<string, string>();
    this.#tracked.set(connection, rooms);
    const isNew = !rooms.has(room);
    // The key stays what it was: who signs in later is somebody else only in the next room.
    const key = rooms.get(room) ?? connection.userId ?? connection.id;
    rooms.set(room, key);
    try {
      const entered = this.#store.enter(room, key, connection.id, meta);
      // Only waited for where there is something to wait for: with the store in memory the newcomer
      // hears of the others before anything else is sent to the room.
      if (entered instanceof Promise) await entered;
      this.#touch(room, key);
      if (!isNew) return true;
      const greeted = this.#inTurn(room, () =>
        whenKnown(this.#store.list(room), (people) => this.#greet(connection, room, people)),
      );
      return greeted instanceof Promise ? await greeted : greeted;
    } catch (error) {
      // Who has not been told who is there is not there, and may try again.
      if (isNew) this.#left(room, connection);
      throw error;
    }
  }

  /** Ends the presence of a connection without leaving the room. */
  untrack(connection: Connection<object>, room: string): void {
    this.#left(room, connection);
  }

  /** Everybody in a room, in the order they came. */
  async people(room: string): Promise<readonly Person[]> {
    return this.#store.list(room);
  }

  /** Whether somebody is in a room. @param key user id, or id of a connection without user */
  async has(room: string, key: string): Promise<boolean> {
    return (await this.#store.get(room, key)) !== undefined;
  }

  #greet(connection: Connection<object>, room: string, people: readonly Person[]): boolean {
    // It has left while the list was read: nothing would tell it of changes any more.
    if (this.#tracked.get(connection)?.has(room) !== true) return false;
    const update: PresenceUpdate = { room, people };
    connection.sendEnvelope({ event: PRESENCE_EVENT, data: update });
    return true;
  }

  #left(room: string, connection: Connection<object>): void {
    const rooms = this.#tracked.get(connection);
    const key = rooms?.get(room);
    if (rooms === undefined || key === undefined) return;
    rooms.delete(room);
    if (rooms.size === 0) this.#tracked.delete(connection);
    const left = this.#store.leave(room, key, connection.id);
    if (left instanceof Promise) left.then(() => this.#touch(room, key)).catch(this.#report);
    else this.#touch(room, key);
  }

  #touch(room: string, key: string): void {
    const keys = this.#touched.get(room) ?? new Set<string>();
    this.#touched.set(room, keys.add(key));
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#tell();
    });
  }

  /** Sends each room its changes of this turn as they are now: whatever was in between is no news. */
  #tell(): void {
    const rooms = [...this.#touched];
    this.#touched.clear();
    for (const [room, keys] of rooms) {
      try {
        const told = this.#inTurn(room, () => this.#tellRoom(room, [...keys]));
        if (told instanceof Promise) told.catch(this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #tellRoom(room: string, keys: readonly string[]): MaybePromise<void> {
    const asked = keys.map((key) => this.#store.get(room, key));
    return whenKnown(together(asked), (people) => {
      const joined = people.filter((person) => person !== undefined);
      const left = keys.filter((_key, index) => people[index] === undefined);
      const update: PresenceUpdate = { room, joined, left };
      this.#rooms.to(room).send(PRESENCE_EVENT, update);
    });
  }

  /**
   * What is read for a room is sent before anything else is read for it: what was true earlier would
   * otherwise be told later, and never be corrected.
   */
  #inTurn<Value>(room: string, tell: () => MaybePromise<Value>): MaybePromise<Value> {
    const before = this.#turns.get(room);
    const told = before === undefined ? tell() : before.then(tell);
    if (!(told instanceof Promise)) return told;
    const settled = told.then(ignore, ignore);
    this.#turns.set(room, settled);
    void settled.then(() => {
      if (this.#turns.get(room) === settled) this.#turns.delete(room);
    });
    return told;
  }
}

function together<Value>(values: readonly MaybePromise<Value>[]): MaybePromise<Value[]> {
  const known: Value[] = [];
  for (const value of values) {
    if (value instanceof Promise) return Promise.all(values);
    known.push(value);
  }
  return known;
}

function ignore(): void {}
