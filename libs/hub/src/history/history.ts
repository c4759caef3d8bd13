import type { SomeConnection } from '../connection/plain-connection.js';
import type { AnyContract, Contract, EventGiven, EventName } from '#contract';
import type { Rooms } from '../rooms/rooms.js';
import { attempt } from '../support/maybe-promise.js';
import type { Position } from '../wire/envelope.js';
import { EncodedMessages } from './encoded-messages.js';
import { Held } from './held.js';
import { HistorySettings, type HistoryOptions } from './history-options.js';
import type { HistoryParts } from './history-parts.js';
import type { HistorySource } from './history-source.js';
import type { StoredMessage } from './history-store.js';
import { Joins } from './joins.js';
import { MemoryHistoryStore } from './memory-history-store.js';
import type { Publication, PublishOptions } from './publications.js';
import type { Joined, JoinOptions } from './recovery.js';
import { StoreSource } from './store-source.js';
import { kClose } from '../support/own-names.js';

/**
 * Rooms with a memory. A message is kept first and delivered then, so that whoever is not there gets
 * it on return: exactly what it missed, in order, or the plain word that this is not possible.
 * @typeParam C what the path of the rooms speaks; default: anything
 */
export class History<C extends Contract = AnyContract> {
  readonly #parts: HistoryParts;
  readonly #source: HistorySource;
  readonly #joins: Joins;

  /**
   * @param report told of a publication that failed: its caller need not wait for it
   * @param shared makes what keeps the histories of all nodes; default those of this process
   * @throws {UsageError} for a bound that is not a positive integer
   */
  constructor(
    rooms: Rooms,
    options: HistoryOptions,
    report: (error: unknown) => void,
    shared?: (parts: HistoryParts) => HistorySource,
  ) {
    const settings = new HistorySettings(options);
    this.#parts = {
      rooms,
      settings,
      encoded: new EncodedMessages(),
      held: new Held(),
      report,
    };
    const { maxRooms, maxTotalBytes, store } = settings.options;
    this.#source =
      // A store of the application's own goes before what comes with a broker.
      store === undefined && shared !== undefined
        ? shared(this.#parts)
        : new StoreSource(this.#parts, store ?? new MemoryHistoryStore(maxRooms, maxTotalBytes));
    this.#joins = new Joins(this.#parts, this.#source);
  }

  /**
   * Keeps a message and sends it to the members of the room. With the store in memory all of that
   * has happened when the call returns; nobody has to wait for the Promise.
   * @param data not to be changed afterwards
   * @throws {WireError} BAD_REQUEST for a room name, {EncodeError} for data that cannot be encoded,
   *   {LimitError} when 16 MiB wait for the store; all as a rejection
   */
  publish<N extends EventName<C>>(
    room: string,
    event: N,
    ...given: EventGiven<C, N, PublishOptions>
  ): Promise<Publication>;
  publish(
    room: string,
    event: string,
    data?: unknown,
    options: PublishOptions = {},
  ): Promise<Publication> {
    const published = attempt(() => this.#source.publish(room, event, data, options));
    // Reported, and therefore handled: a broker that is away must not end the process.
    published.catch(this.#parts.report);
    return published;
  }

  /**
   * Puts a connection into a room and tells it `$joined`, then what it missed, then what comes. With
   * the store in memory that has happened when the call returns.
   *
   * An epoch the room does not have any more, after a restart for instance, is `recovered: false`.
   * @throws {WireError} BAD_REQUEST for a room name, or an offset that nobody can have received;
   *   TIMEOUT when the store takes over 10 seconds, {LimitError} for one room too many; all as a
   *   rejection, and nothing is changed
   */
  join(connection: SomeConnection, room: string, options: JoinOptions = {}): Promise<Joined> {
    return attempt(() => this.#joins.join(connection, room, options));
  }

  /** The newest messages of a room, oldest first: `{ event, data, time, offset }`. */
  async latest(room: string, count = Infinity): Promise<StoredMessage[]> {
    const { messages } = await this.#source.read(room);
    return count >= messages.length ? [...messages] : messages.slice(messages.length - count);
  }

  /** Where the room's history ends now. */
  async position(room: string): Promise<Position> {
    return this.#source.position(room);
  }

  /** Forgets a room. Clients that come back to it are told `recovered: false`. */
  async clear(room: string): Promise<void> {
    await this.#source.clear(room);
  }

  /** @internal */
  async [kClose](): Promise<void> {
    await this.#source.close();
  }
}
