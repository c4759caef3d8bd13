import type { Connection } from '../connection/connection.js';
import type { ConnectionIndex } from '../connection/connection-index.js';
import { Broadcaster } from '../rooms/broadcaster.js';
import { attempt, whenKnown, type MaybePromise } from '../support/maybe-promise.js';
import { isThenable } from '../support/thenable.js';
import { PRESENCE_EVENT } from '../wire/envelope.js';
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

/**
 * People that lists may name in a turn for newcomers who get one of their own at once. Beyond it
 * newcomers share one at the end of the turn: each with a list of its own, a crowd would cost the
 * square of its size.
 */
const LISTED_AT_ONCE = 2_048;

/** Somebody who waits for the list that newcomers of a turn share. */
interface Newcomer {
  readonly connection: Connection;
  readonly told: (there: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** Tells those who are present in a room who is there and what changes, gathered over a turn. */
export class PresenceNews {
  readonly #store: PresenceStore;
  /** Who is present in which room. */
  readonly #present: ConnectionIndex;
  readonly #report: (error: unknown) => void;
  /** Who has come, changed or left since the last turn. */
  readonly #touched = new Map<string, Set<string>>();
  readonly #newcomers = new Map<string, Newcomer[]>();
  #listed = 0;
  #scheduled = false;
  /** Rooms for which a store is being waited for. */
  readonly #reading = new Set<string>();

  constructor(store: PresenceStore, present: ConnectionIndex, report: (error: unknown) => void) {
    this.#store = store;
    this.#present = present;
    this.#report = report;
  }

  /** Something about a person of the room is another. */
  touch(room: string, key: string): void {
    const keys = this.#touched.get(room) ?? new Set<string>();
    this.#touched.set(room, keys.add(key));
    this.#schedule();
  }

  /** The same about a person of another process: nobody here may be there to be told. */
  touchElsewhere(room: string, key: string): void {
    if (this.#present.get(room).size > 0) this.touch(room, key);
  }

  /** Sends a newcomer who is there. @returns false when it has left meanwhile */
  greet(connection: Connection, room: string): MaybePromise<boolean> {
    this.#schedule();
    this.#listed += this.#present.get(room).size;
    // While something is read for the room already, the next reading is for all who come meanwhile.
    if (this.#listed <= LISTED_AT_ONCE && !this.#reading.has(room)) {
      return this.#read(room, () =>
        whenKnown(this.#store.list(room), (people) => {
          // It has left while the list was read: nothing would tell it of changes any more.
          if (!this.#present.get(room).has(connection)) return false;
          this.#list(room, people, new Set([connection]));
          return true;
        }),
      );
    }
    const newcomers = this.#newcomers.get(room) ?? [];
    this.#newcomers.set(room, newcomers);
    return new Promise<boolean>((told, failed) => {
      newcomers.push({ connection, told, failed });
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#listed = 0;
      this.#tell();
    });
  }

  /** Sends each room its changes of this turn as they are now: whatever was in between is no news. */
  #tell(): void {
    for (const room of new Set([...this.#touched.keys(), ...this.#newcomers.keys()])) {
      // With a store that takes its time, or hangs, a reading for each turn would be a queue without end.
      if (!this.#reading.has(room)) this.#tellNow(room);
    }
  }

  #tellNow(room: string): void {
    const keys = [...(this.#touched.get(room) ?? [])];
    const newcomers = this.#newcomers.get(room) ?? [];
    this.#touched.delete(room);
    this.#newcomers.delete(room);
    const told = attemptNow(() => this.#read(room, () => this.#tellRoom(room, keys, newcomers)));
    if (isThenable(told)) Promise.resolve(told).catch(this.#report);
  }

  #tellRoom(
    room: string,
    keys: readonly string[],
    newcomers: readonly Newcomer[],
  ): MaybePromise<void> {
    return whenKnown(this.#greetAll(room, newcomers), (greeted) =>
      this.#tellChanges(room, keys, greeted),
    );
  }

  /** Never throws: a list that cannot be read keeps no news from those who are there. */
  #greetAll(room: string, newcomers: readonly Newcomer[]): MaybePromise<ReadonlySet<Connection>> {
    const greeted = new Set<Connection>();
    if (newcomers.length === 0) return greeted;
    const listed = attemptNow(() =>
      whenKnown(this.#store.list(room), (people) => {
        const present = this.#present.get(room);
        for (const { connection } of newcomers) {
          if (present.has(connection)) greeted.add(connection);
        }
        this.#list(room, people, greeted);
        for (const { connection, told } of newcomers) told(greeted.has(connection));
        return greeted;
      }),
    );
    if (!isThenable(listed)) return listed;
    return Promise.resolve(listed).catch((error: unknown) => {
      for (const { failed } of newcomers) failed(error);
      return new Set<Connection>();
    });
  }

  #tellChanges(
    room: string,
    keys: readonly string[],
    greeted: ReadonlySet<Connection>,
  ): MaybePromise<void> {
    if (keys.length === 0 || this.#present.get(room).size === 0) return undefined;
    const asked = keys.map((key) => attemptNow(() => this.#store.get(room, key)));
    return whenKnown(together(asked), (people) => {
      const joined = people.filter((person) => person !== undefined);
      const left = keys.filter((_key, index) => people[index] === undefined);
      const present = this.#present.get(room);
      // Whoever has just been told who is there knows.
      const others =
        greeted.size === 0 ? present : new Set([...present].filter((one) => !greeted.has(one)));
      const update: PresenceUpdate = { room, joined, left };
      among(others).to(room).send(PRESENCE_EVENT, update);
    });
  }

  /** Encoded once for all of them, and never dropped. */
  #list(room: string, people: readonly Person[], newcomers: ReadonlySet<Connection>): void {
    const update: PresenceUpdate = { room, people };
    among(newcomers).to(room).send(PRESENCE_EVENT, update, { policy: 'close' });
  }

  /**
   * What is read for a room is sent before anything else is read for it: what was true earlier would
   * otherwise be told later, and never be corrected.
   */
  #read<Value>(room: string, tell: () => MaybePromise<Value>): MaybePromise<Value> {
    const told = tell();
    if (!isThenable(told)) return told;
    this.#reading.add(room);
    const settled = (): void => {
      this.#reading.delete(room);
      if (this.#touched.has(room) || this.#newcomers.has(room)) this.#tellNow(room);
    };
    void Promise.resolve(told).then(settled, settled);
    return told;
  }
}

function among(connections: ReadonlySet<Connection>): Broadcaster {
  return new Broadcaster({
    members: () => connections,
    ofUser: () => connections,
    everyone: () => connections,
  });
}

/** What is thrown becomes a rejection; what comes at once stays so. */
function attemptNow<Value>(call: () => MaybePromise<Value>): MaybePromise<Value> {
  try {
    return call();
  } catch (error) {
    return attempt(() => {
      throw error;
    });
  }
}

function together<Value>(values: readonly MaybePromise<Value>[]): MaybePromise<Value[]> {
  const known: Value[] = [];
  for (const value of values) {
    if (isThenable(value)) return Promise.all(values);
    known.push(value);
  }
  return known;
}
