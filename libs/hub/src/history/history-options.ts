import { positive } from '../support/positive.js';
import type { HistoryBounds, HistoryStore } from './history-store.js';

const KIB = 1024;

/** What is kept of a room unless set otherwise. */
const DEFAULT_HISTORY: HistoryBounds = Object.freeze({
  maxMessages: 100,
  // Well below the hard limit of a send queue (1 MiB): a whole recovery has to fit into one.
  maxBytes: 256 * KIB,
  maxAge: 10 * 60 * 1_000,
});

/** The bounds of one room; what is left out is the hub's. */
export interface RoomHistoryOptions extends Partial<HistoryBounds> {
  /**
   * Only the newest message counts: a price, a position, a state. One is kept, newcomers get it
   * first, and whoever returns has recovered when it has that one. Default false.
   */
  readonly latestOnly?: boolean | undefined;
}

/** What is kept of rooms; the bounds hold for each room that has none of its own. */
export interface HistoryOptions extends RoomHistoryOptions {
  /** Bounds of its own for a room; undefined for those of all. */
  readonly room?: ((room: string) => RoomHistoryOptions | undefined) | undefined;
  /** Rooms whose history is kept in memory; default 10,000, then the longest silent is forgotten. */
  readonly maxRooms?: number | undefined;
  /** Bytes of all histories in memory together; default 64 MiB, then the same happens. */
  readonly maxTotalBytes?: number | undefined;
  /** Default: in the memory of this process. */
  readonly store?: HistoryStore | undefined;
}

/** The bounds of every room, checked. */
export class HistorySettings {
  readonly #options: HistoryOptions;
  readonly #common: HistoryBounds;

  /** @throws {UsageError} for a bound that is not a positive integer. */
  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#common = bounds(options, DEFAULT_HISTORY);
    positive('history.maxRooms', options.maxRooms, 1);
    positive('history.maxTotalBytes', options.maxTotalBytes, 1);
  }

  of(room: string): HistoryBounds {
    const own = this.#options.room?.(room);
    return own === undefined ? this.#common : bounds(own, this.#common);
  }

  latestOnly(room: string): boolean {
    return this.#options.room?.(room)?.latestOnly ?? this.#options.latestOnly ?? false;
  }
}

function bounds(options: RoomHistoryOptions, base: HistoryBounds): HistoryBounds {
  const { latestOnly, maxMessages, maxBytes, maxAge } = options;
  return {
    maxMessages:
      latestOnly === true ? 1 : positive('history.maxMessages', maxMessages, base.maxMessages),
    maxBytes: positive('history.maxBytes', maxBytes, base.maxBytes),
    maxAge: positive('history.maxAge', maxAge, base.maxAge),
  };
}
