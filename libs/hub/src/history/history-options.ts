import { callback, count, flag, objectWith, oneOf } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable, type Resolved } from '../options/option-table.js';
import type { HistoryBounds } from '../broker/broker-history.js';
import type { HistoryStore } from './history-store.js';
import { DEFAULT_MAX_HISTORIES, DEFAULT_MAX_HISTORY_BYTES } from './memory-history-store.js';

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
  /**
   * What becomes of a publication while the broker that keeps the histories of all nodes is away.
   * `reject`, the default: it rejects with UNAVAILABLE, within 2 seconds. `deliver`: the members at this
   * node get it without a place, and the history of the room begins anew when the broker is back.
   */
  readonly onUnavailable?: 'reject' | 'deliver' | undefined;
  /** Default: what comes with the broker; without one, in the memory of this process. */
  readonly store?: HistoryStore | undefined;
}

const ROOM_OPTIONS = new OptionTable({
  maxMessages: count(100),
  // Well below the hard limit of a send queue (1 MiB): a whole recovery has to fit into one.
  maxBytes: count(256 * 1024),
  maxAge: count(10 * 60 * 1_000),
  latestOnly: flag(false),
} satisfies OptionsFor<RoomHistoryOptions>);

export const HISTORY_OPTIONS = new OptionTable({
  ...ROOM_OPTIONS.options,
  room: callback<(room: string) => RoomHistoryOptions | undefined>(),
  maxRooms: count(DEFAULT_MAX_HISTORIES),
  maxTotalBytes: count(DEFAULT_MAX_HISTORY_BYTES),
  onUnavailable: oneOf(['reject', 'deliver'])('reject'),
  store: objectWith<HistoryStore>('append', 'read', 'clear', 'close')(undefined),
} satisfies OptionsFor<HistoryOptions>);

const PLACE = usagePlace('hub', 'history');

/** The bounds of every room, checked. */
export class HistorySettings {
  readonly options: Resolved<typeof HISTORY_OPTIONS>;
  readonly #common: HistoryBounds;

  /** @throws {UsageError} for a bound that is not a positive integer, or an unknown option. */
  constructor(options: HistoryOptions) {
    this.options = HISTORY_OPTIONS.resolve(options, PLACE);
    this.#common = bounds(this.options);
  }

  /** @throws {UsageError} when the room's own are wrong. */
  of(room: string): HistoryBounds {
    const own = this.options.room?.(room);
    if (own === undefined) return this.#common;
    return bounds(ROOM_OPTIONS.override(this.options, ROOM_OPTIONS.read(own, PLACE)));
  }

  latestOnly(room: string): boolean {
    return this.options.room?.(room)?.latestOnly ?? this.options.latestOnly;
  }
}

function bounds(options: Resolved<typeof ROOM_OPTIONS>): HistoryBounds {
  const { latestOnly, maxMessages, maxBytes, maxAge } = options;
  return { maxMessages: latestOnly ? 1 : maxMessages, maxBytes, maxAge };
}
