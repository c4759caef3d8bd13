import type { DropRule } from '#engine';
import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/connection.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { attempt, whenKnown } from '../support/maybe-promise.js';
import type { BroadcastMessage } from '../rooms/broadcast-message.js';
import { EventMessage } from '../rooms/broadcast-message.js';
import type { BroadcastResult } from '../rooms/broadcast.js';
import type { Rooms } from '../rooms/rooms.js';
import { checkRoomName } from '../rooms/rooms.js';
import type { SendOptions } from '../connection/send-options.js';
import type { Position } from '../wire/envelope.js';
import { JOINED_EVENT } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { jsonCodec } from '../wire/json.codec.js';
import { WireError } from '../wire/wire-error.js';
import type { Hold } from './held.js';
import { within } from '../support/within.js';
import { Held } from './held.js';
import type { HistoryOptions } from './history-options.js';
import { HistorySettings } from './history-options.js';
import type { Appended, HistoryPage, HistoryStore, StoredMessage } from './history-store.js';
import { MemoryHistoryStore } from './memory-history-store.js';
import type { Since } from './position.js';

/** Milliseconds publications get that wait for a store which is about to be closed. */
const LAST_CALL = 1_000;

/** A message that was kept and delivered. */
export interface Publication extends Position, BroadcastResult {}

/** How a message is delivered to those who are there; whoever comes back is never left out. */
export interface PublishOptions extends SendOptions {
  /** Left out of the delivery; whoever comes back later gets it all the same. */
  readonly except?: Connection<object> | readonly Connection<object>[] | undefined;
}

/** How a connection enters a room with a history. */
export interface JoinOptions {
  /** The last position the client has; without it the client is new. */
  readonly since?: Since | undefined;
  /**
   * How many of the newest messages a client gets that is new, or was away for too long. Default 0;
   * 1 in rooms whose latest value counts.
   */
  readonly latest?: number | undefined;
  /**
   * Refuses an epoch the room does not have, with UNKNOWN_EPOCH, instead of `recovered: false`.
   * Default false.
   */
  readonly strict?: boolean | undefined;
}

/** How a join went; also the data of the `$joined` event that is sent before any message. */
export interface Joined extends Position {
  /**
   * True: what follows is everything the client has missed, and nothing else. False: some of it is
   * lost, what follows are the newest messages. Left out for a client that was new.
   */
  readonly recovered?: boolean;
  /** Messages that follow before live ones. */
  readonly count: number;
}

/**
 * Rooms with a memory. A message is kept first and delivered then, so that whoever is not there gets
 * it on return: exactly what it missed, in order, or the plain word that this is not possible.
 */
export class History {
  readonly #rooms: Rooms;
  readonly #store: HistoryStore;
  readonly #settings: HistorySettings;
  readonly #report: (error: unknown) => void;
  /** Encoded forms of kept messages: the same bytes serve live receivers and returning ones. */
  readonly #encoded = new WeakMap<object, BroadcastMessage>();
  /** Rooms with a publication that waits for the store, and the last of them. */
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #held = new Held();
  /** The room whose members are being sent a message just now. */
  #delivering: string | undefined;

  /**
   * @param report told of a publication that failed: its caller need not wait for it
   * @throws {UsageError} for a bound that is not a positive integer
   */
  constructor(rooms: Rooms, options: HistoryOptions, report: (error: unknown) => void) {
    this.#rooms = rooms;
    this.#settings = new HistorySettings(options);
    const { maxRooms, maxTotalBytes, store } = this.#settings.options;
    this.#store = store ?? new MemoryHistoryStore(maxRooms, maxTotalBytes);
    this.#report = report;
  }

  /**
   * Keeps a message and sends it to the members of the room. With the store in memory all of that
   * has happened when the call returns; nobody has to wait for the Promise.
   * @param data not to be changed afterwards
   * @throws {WireError} BAD_REQUEST for a room name, {EncodeError} for data that cannot be encoded;
   *   both as a rejection
   */
  publish(
    room: string,
    event: string,
    data?: unknown,
    options: PublishOptions = {},
  ): Promise<Publication> {
    const published = attempt(() => this.#publish(room, event, data, options));
    // Reported, and therefore handled: a broker that is away must not end the process.
    published.catch(this.#report);
    return published;
  }

  /**
   * Puts a connection into a room and tells it `$joined`, then what it missed, then what comes. With
   * the store in memory that has happened when the call returns.
   *
   * An epoch the room does not have any more, after a restart for instance, is `recovered: false`.
   * @throws {WireError} BAD_REQUEST for a room name, or an offset that nobody can have received;
   *   {LimitError} for one room too many; both as a rejection, and nothing is changed
   */
  join(connection: Connection<object>, room: string, options: JoinOptions = {}): Promise<Joined> {
    return attempt(() => this.#join(connection, room, options));
  }

  /** The newest messages of a room, oldest first: `{ event, data, time, offset }`. */
  async latest(room: string, count = Infinity): Promise<StoredMessage[]> {
    const { messages } = await this.#store.read(room, 0, this.#settings.of(room));
    return count >= messages.length ? [...messages] : messages.slice(messages.length - count);
  }

  /** Where the room's history ends now. */
  async position(room: string): Promise<Position> {
    const { epoch, offset } = await this.#store.read(room, Infinity, this.#settings.of(room));
    return { room, epoch, offset };
  }

  /** Forgets a room. Clients that come back to it are told `recovered: false`. */
  async clear(room: string): Promise<void> {
    await this.#store.clear(room);
  }

  /** @internal */
  async close(): Promise<void> {
    // What was published last, in a disconnect hook for instance, may still wait for its turn.
    await within(Promise.all(this.#tails.values()), LAST_CALL);
    await this.#store.close();
  }

  #publish(
    room: string,
    event: string,
    data: unknown,
    options: PublishOptions,
  ): MaybePromise<Publication> {
    checkRoomName(room);
    // Encoded before anything is kept: what cannot be sent must not be found in the history.
    const { byteLength } = new EventMessage({ event, data }).for(jsonCodec);
    const bounds = this.#settings.of(room);
    const append = (): MaybePromise<Publication> =>
      whenKnown(this.#store.append(room, { event, data, size: byteLength }, bounds), (appended) =>
        this.#deliver(room, appended, options),
      );
    // A hook that is told of a slow receiver publishes in the middle of a delivery: behind it, not in it.
    const tail =
      this.#tails.get(room) ?? (this.#delivering === room ? Promise.resolve() : undefined);
    const published = tail === undefined ? append() : tail.then(append, append);
    if (published instanceof Promise) this.#waitFor(room, published);
    return published;
  }

  /** Publications of one room are delivered one after another, in the order of their offsets. */
  #waitFor(room: string, published: Promise<unknown>): void {
    const settled = published.catch(() => {});
    this.#tails.set(room, settled);
    void settled.then(() => {
      if (this.#tails.get(room) === settled) this.#tails.delete(room);
    });
  }

  #deliver(
    room: string,
    { epoch, message: stored }: Appended,
    { except, ...options }: PublishOptions,
  ): Publication {
    const { event, data, offset } = stored;
    const at: Position = { room, epoch, offset };
    const message = new EventMessage({ event, data, at }, options.compress);
    this.#encoded.set(stored, message);
    const without = except === undefined ? [] : [except].flat();
    // Whoever is still being told what it missed gets this one afterwards.
    const holding = this.#held.keep(room, { epoch, offset, event, message }, without);
    const outer = this.#delivering;
    this.#delivering = room;
    try {
      const result = this.#rooms
        .to(room)
        .except(...without, ...holding)
        .deliver(message, event, options);
      return { ...at, ...result };
    } finally {
      this.#delivering = outer;
    }
  }

  #join(connection: Connection<object>, room: string, options: JoinOptions): MaybePromise<Joined> {
    checkRoomName(room);
    // One after another: what one of them is told would stand in the middle of the other.
    const before = this.#held.ended(connection, room);
    if (before !== undefined) return before.then(() => this.#join(connection, room, options));
    const page = this.#store.read(room, 0, this.#settings.of(room));
    if (page instanceof Promise || this.#tails.has(room)) {
      return this.#joinLater(connection, room, options, page);
    }
    const already = this.#rooms.has(connection, room);
    return this.#admit(connection, room, options, page, already);
  }

  async #joinLater(
    connection: Connection<object>,
    room: string,
    options: JoinOptions,
    reading: MaybePromise<HistoryPage>,
  ): Promise<Joined> {
    // Awaited below, unless the join itself is refused.
    if (reading instanceof Promise) reading.catch(() => {});
    const already = this.#rooms.has(connection, room);
    // Held back from before it is a member, so that nothing falls between what is read and what is
    // delivered live.
    const hold = this.#held.begin(connection, room);
    let page: HistoryPage;
    try {
      this.#enter(connection, room);
      page = await reading;
      // What is being kept may be in the page already: delivered after it, it would come twice.
      await this.#tails.get(room);
      if (connection.phase !== Phase.Closed && !this.#rooms.has(connection, room)) throw left();
    } catch (error) {
      this.#refuse(connection, room, hold, already);
      throw error;
    }
    return this.#admit(connection, room, options, page, already, hold);
  }

  #admit(
    connection: Connection<object>,
    room: string,
    options: JoinOptions,
    page: HistoryPage,
    already: boolean,
    hold: Hold = this.#held.begin(connection, room),
  ): Joined {
    try {
      const { joined, messages } = this.#answer(room, options, page);
      if (this.#enter(connection, room)) {
        connection.sendEnvelope({ event: JOINED_EVENT, data: joined });
        for (const message of messages) this.#send(connection, room, page.epoch, message);
        this.#release(connection, room, hold, page);
      } else this.#held.end(connection, room);
      return joined;
    } catch (error) {
      this.#refuse(connection, room, hold, already);
      throw error;
    }
  }

  /** How a join goes, and what is sent then. */
  #answer(
    room: string,
    options: JoinOptions,
    page: HistoryPage,
  ): { joined: Joined; messages: readonly StoredMessage[] } {
    const { since } = options;
    const { epoch, offset } = page;
    if (options.strict === true && since !== undefined && since.epoch !== epoch)
      throw unknownEpoch(room);
    const missed = since === undefined ? undefined : this.#missed(room, since, page);
    const latest = options.latest ?? (this.#settings.latestOnly(room) ? 1 : 0);
    const messages = missed ?? (latest > 0 ? page.messages.slice(-latest) : []);
    const at = { room, epoch, offset, count: messages.length };
    const joined: Joined = since === undefined ? at : { ...at, recovered: missed !== undefined };
    return { joined, messages };
  }

  /** @returns false when the connection has closed; throws when it was taken out at once. */
  #enter(connection: Connection<object>, room: string): boolean {
    if (this.#rooms.join(connection, room)) return true;
    if (connection.phase !== Phase.Closed) throw left();
    return false;
  }

  /** The join has failed: who was a member before is one still, and goes on where it was. */
  #refuse(connection: Connection<object>, room: string, hold: Hold, already: boolean): void {
    if (already && this.#rooms.has(connection, room)) this.#release(connection, room, hold);
    else this.#held.end(connection, room);
    if (!already) this.#rooms.leave(connection, room);
  }

  /**
   * Sends what was held back. Live messages go on being held until nothing is left.
   * @param page what the connection has been told; without it, nothing
   */
  #release(connection: Connection<object>, room: string, hold: Hold, page?: HistoryPage): void {
    const { messages } = hold;
    // Of another epoch: what stands before those of the page is of a history that was forgotten, the
    // others are of one that has begun since.
    let past = page === undefined || messages.every(({ epoch }) => epoch !== page.epoch);
    for (const { epoch, offset, event, message } of messages) {
      if (epoch === page?.epoch) {
        past = true;
        if (offset <= page.offset) continue;
      }
      if (past) this.#hand(connection, message, event);
    }
    this.#held.end(connection, room);
  }

  /** What somebody who was at `since` has missed; undefined when some of it is lost. */
  #missed(room: string, since: Since, page: HistoryPage): readonly StoredMessage[] | undefined {
    const { epoch, offset, messages } = page;
    if (since.epoch === epoch && since.offset > offset) throw forged();
    if (this.#settings.latestOnly(room)) {
      const known = since.epoch === epoch && since.offset === offset;
      if (known) return [];
      return messages.length > 0 ? messages.slice(-1) : undefined;
    }
    if (since.epoch !== epoch) return undefined;
    const first = offset - messages.length + 1;
    if (since.offset + 1 < first) return undefined;
    return messages.slice(since.offset + 1 - first);
  }

  #send(connection: Connection<object>, room: string, epoch: string, stored: StoredMessage): void {
    let message = this.#encoded.get(stored);
    if (message === undefined) {
      const at: Position = { room, epoch, offset: stored.offset };
      message = new EventMessage({ event: stored.event, data: stored.data, at });
      this.#encoded.set(stored, message);
    }
    this.#hand(connection, message, stored.event);
  }

  #hand(connection: Connection<object>, message: BroadcastMessage, event: string): void {
    try {
      connection.sendPrepared(message.for(connection.codec), event, NEVER_DROP);
    } catch (error) {
      // The codec of this client cannot carry it: it must not stand in the way of all that follows.
      this.#report(error);
    }
  }
}

// Part of a recovery that was dropped would be a gap sold as whole: at the limit it closes.
const NEVER_DROP: DropRule = Object.freeze({ policy: 'close' });

function unknownEpoch(room: string): WireError {
  return new WireError(
    ErrorCode.UnknownEpoch,
    'Cannot recover: the history of the room has begun anew',
    { details: { room, recovered: false } },
  );
}

function forged(): WireError {
  return new WireError(
    ErrorCode.BadRequest,
    'Cannot recover: the offset is past the newest message of the room',
  );
}

function left(): WireError {
  return new WireError(
    ErrorCode.Cancelled,
    'Cannot join room: the connection was taken out of it meanwhile',
  );
}
