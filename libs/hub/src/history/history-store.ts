import type { MaybePromise } from '../support/maybe-promise.js';
import type { HistoryBounds } from '../broker/broker-history.js';

/** A message as it is kept. */
export interface StoredMessage {
  readonly offset: number;
  readonly event: string;
  /** Not to be changed once it was handed over. */
  readonly data: unknown;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Bytes it counts for. */
  readonly size: number;
}

/** Where a room's history ends now. */
interface HistoryEnd {
  readonly epoch: string;
  /** Offset of the newest message, 0 before the first. */
  readonly offset: number;
}

/** What is kept of a room. */
export interface HistoryPage extends HistoryEnd {
  /** Oldest first, without gaps, up to `offset`. */
  readonly messages: readonly StoredMessage[];
}

/** What is written; the store gives it its offset and time. */
export type NewMessage = Omit<StoredMessage, 'offset' | 'time'>;

/** A message that is kept now. */
export interface Appended {
  readonly epoch: string;
  readonly message: StoredMessage;
}

/**
 * Keeps the messages of rooms. It gives each room an epoch, and its messages offsets from 1 without
 * gaps. Once anything of a room was lost other than by its bounds, the room has another epoch.
 */
export interface HistoryStore {
  /**
   * Appends in the order of the calls. It is called again before what it returned has settled: a store
   * in another process is not waited for message by message.
   */
  append(room: string, message: NewMessage, bounds: HistoryBounds): MaybePromise<Appended>;
  /**
   * The messages behind `after` that are still there.
   * @param after an offset; 0 for all that is kept
   * @param bounds messages that are too old by now are left out
   */
  read(room: string, after: number, bounds: HistoryBounds): MaybePromise<HistoryPage>;
  /** Forgets a room. */
  clear(room: string): MaybePromise<void>;
  /** Lets go of timers and connections. */
  close(): MaybePromise<void>;
}
