import type { SomeConnection } from '../connection/plain-connection.js';
import type { SendOptions } from '../connection/send-options.js';
import { EventMessage } from '../rooms/broadcast-message.js';
import type { BroadcastResult } from '../rooms/broadcast.js';
import { checkRoomName } from '../rooms/rooms.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { isThenable } from '../support/thenable.js';
import type { Position } from '../wire/envelope.js';
import { inStoreTime, STORE_TIMEOUT } from '../wire/in-store-time.js';
import { jsonCodec } from '../wire/json.codec.js';
import type { HistoryParts } from './history-parts.js';
import type { Appended, HistoryStore } from './history-store.js';
import { WaitingBytes } from './waiting-bytes.js';
import { kDeliver, kExceptAll } from '../support/own-names.js';

/** Longer than a join waits for what is published: of the two it is the join that is told first. */
const APPEND_TIMEOUT = 2 * STORE_TIMEOUT;

/** A message that was kept and delivered. */
export interface Publication extends Position, BroadcastResult {}

/** How a message is delivered to those who are there; whoever comes back is never left out. */
export interface PublishOptions extends SendOptions {
  /** Left out of the delivery; whoever comes back later gets it all the same. */
  readonly except?: SomeConnection | readonly SomeConnection[] | undefined;
  /**
   * 1 to 256 characters. What is published to the room under the same key within 5 minutes is kept and
   * delivered once, so that whoever was told `UNAVAILABLE` may try again: it resolves with the first
   * one's offset. On all nodes where the history comes with the broker, else in this process.
   */
  readonly idempotencyKey?: string | undefined;
}

/** Keeps messages and delivers them then, those of one room in the order of their offsets. */
export class Publications {
  readonly #parts: HistoryParts;
  readonly #store: HistoryStore;
  /** Rooms with a publication that waits for the store, and the last of them. */
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #waitingBytes = new WaitingBytes();
  /** The room whose members are being sent a message just now. */
  #delivering: string | undefined;

  constructor(parts: HistoryParts, store: HistoryStore) {
    this.#parts = parts;
    this.#store = store;
  }

  /** See `History.publish`. */
  publish(
    room: string,
    event: string,
    data: unknown,
    options: PublishOptions,
  ): MaybePromise<Publication> {
    checkRoomName(room);
    // Encoded before anything is kept: what cannot be sent must not be found in the history.
    const { byteLength } = new EventMessage({ event, data }).for(jsonCodec);
    this.#waitingBytes.check();
    const bounds = this.#parts.settings.of(room);
    const appended = inStoreTime(
      'publish',
      this.#store.append(room, { event, data, size: byteLength }, bounds),
      APPEND_TIMEOUT,
    );
    // A hook that is told of a slow receiver publishes in the middle of a delivery: behind it, not in it.
    const tail =
      this.#tails.get(room) ?? (this.#delivering === room ? Promise.resolve() : undefined);
    if (tail === undefined && !isThenable(appended)) return this.#deliver(room, appended, options);
    const later = this.#deliverLater(room, tail, appended, options);
    const published = this.#waitingBytes.until(later, byteLength);
    this.#waitFor(room, published);
    return published;
  }

  /** Settles when what waits for the store has been delivered; undefined when nothing waits. */
  waiting(room: string): Promise<unknown> | undefined {
    return this.#tails.get(room);
  }

  /** Settles when everything has been delivered that waits now. */
  settled(): Promise<unknown> {
    return Promise.all(this.#tails.values());
  }

  /** The store keeps many at a time; they are delivered one after another. */
  async #deliverLater(
    room: string,
    tail: Promise<unknown> | undefined,
    appending: MaybePromise<Appended>,
    options: PublishOptions,
  ): Promise<Publication> {
    // Awaited below, behind those before it.
    if (isThenable(appending)) Promise.resolve(appending).catch(() => {});
    if (tail !== undefined) await tail;
    return this.#deliver(room, await appending, options);
  }

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
    const { rooms, held, encoded } = this.#parts;
    const { event, offset, size } = stored;
    const message = encoded.add(room, epoch, stored, options.compress);
    const without = new Set(except === undefined ? [] : [except].flat());
    // Whoever is still being told what it missed gets this one afterwards.
    const holding = held.keep(room, { epoch, offset, event, message, size }, without);
    const outer = this.#delivering;
    this.#delivering = room;
    try {
      const receivers = rooms.to(room)[kExceptAll](without)[kExceptAll](holding);
      const result = receivers[kDeliver](message, event, options);
      return { room, epoch, offset, ...result };
    } finally {
      this.#delivering = outer;
    }
  }
}
