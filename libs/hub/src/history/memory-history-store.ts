import { connectionId } from '../connection/connection-id.js';
import type { HistoryBounds } from '../broker/broker-history.js';
import type {
  Appended,
  HistoryPage,
  HistoryStore,
  NewMessage,
  StoredMessage,
} from './history-store.js';

/** Rooms whose history is kept at a time; beyond that the one longest silent is forgotten. */
export const DEFAULT_MAX_HISTORIES = 10_000;
/** Bytes of all histories together; beyond that the same happens. */
export const DEFAULT_MAX_HISTORY_BYTES = 64 * 1024 * 1024;
/** Milliseconds between looks for what has become too old. */
const SWEEP_INTERVAL = 30_000;
/** A room that was silent for so many times its `maxAge` loses its offsets, too. */
const FORGET_AFTER = 10;

interface RoomHistory {
  readonly epoch: string;
  messages: StoredMessage[];
  offset: number;
  bytes: number;
  /** Those it was last written with. */
  bounds: HistoryBounds;
  writtenAt: number;
}

/** Histories in the memory of this process: as fast as it gets, and gone with it. */
export class MemoryHistoryStore implements HistoryStore {
  readonly #limit: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** In the order they were last written to. */
  readonly #rooms = new Map<string, RoomHistory>();
  /**
   * The epoch of rooms that begin now. One for all of them, so that a room without messages has an
   * epoch and costs nothing; replaced when a history is forgotten, which makes what begins after that
   * different from what was before.
   */
  #epoch = newEpoch();
  #bytes = 0;
  #sweeper: NodeJS.Timeout | undefined;

  /**
   * @param limit rooms
   * @param maxBytes of all rooms together
   * @param now milliseconds since the epoch
   */
  constructor(
    limit = DEFAULT_MAX_HISTORIES,
    maxBytes = DEFAULT_MAX_HISTORY_BYTES,
    now: () => number = Date.now,
  ) {
    this.#limit = limit;
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** Rooms with a history. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Bytes of all messages kept. */
  get bytes(): number {
    return this.#bytes;
  }

  append(room: string, message: NewMessage, bounds: HistoryBounds): Appended {
    const time = this.#now();
    const history = this.#rooms.get(room) ?? this.#begin(bounds);
    history.offset++;
    history.bounds = bounds;
    history.writtenAt = time;
    const stored: StoredMessage = { ...message, offset: history.offset, time };
    history.messages.push(stored);
    history.bytes += stored.size;
    this.#bytes += stored.size - trim(history, time);
    // To the end of the order: it was written last.
    this.#rooms.delete(room);
    this.#rooms.set(room, history);
    this.#makeRoom();
    this.#sweeper ??= setInterval(() => this.sweep(), SWEEP_INTERVAL).unref();
    return { epoch: history.epoch, message: stored };
  }

  read(room: string, after: number): HistoryPage {
    const history = this.#rooms.get(room);
    if (history === undefined) return { epoch: this.#epoch, offset: 0, messages: [] };
    this.#bytes -= trim(history, this.#now());
    const { epoch, offset, messages } = history;
    const first = offset - messages.length + 1;
    return { epoch, offset, messages: messages.slice(Math.max(0, after + 1 - first)) };
  }

  clear(room: string): void {
    this.#bytes -= this.#rooms.get(room)?.bytes ?? 0;
    if (this.#rooms.delete(room)) this.#epoch = newEpoch();
    if (this.#rooms.size === 0) this.#stop();
  }

  close(): void {
    for (const room of this.#rooms.keys()) this.clear(room);
  }

  /** Drops what is too old, also of rooms that nobody writes to or reads. */
  sweep(): void {
    const time = this.#now();
    for (const [room, history] of this.#rooms) {
      this.#bytes -= trim(history, time);
      if (time - history.writtenAt > history.bounds.maxAge * FORGET_AFTER) this.clear(room);
    }
  }

  #begin(bounds: HistoryBounds): RoomHistory {
    return { epoch: this.#epoch, messages: [], offset: 0, bytes: 0, bounds, writtenAt: 0 };
  }

  #makeRoom(): void {
    for (const oldest of this.#rooms.keys()) {
      const full = this.#rooms.size > this.#limit || this.#bytes > this.#maxBytes;
      if (!full || this.#rooms.size === 1) return;
      this.clear(oldest);
    }
  }

  #stop(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

/**
 * Drops from the front what is past a bound; the newest message stays, whatever its size.
 * @returns the bytes dropped
 */
function trim(history: RoomHistory, time: number): number {
  const { messages } = history;
  const { maxMessages, maxBytes, maxAge } = history.bounds;
  let drop = 0;
  let { bytes } = history;
  for (const { size, time: at } of messages) {
    const left = messages.length - drop;
    const full = left > maxMessages || (bytes > maxBytes && left > 1);
    if (!full && time - at < maxAge) break;
    bytes -= size;
    drop++;
  }
  if (drop === 0) return 0;
  const dropped = history.bytes - bytes;
  history.messages = messages.slice(drop);
  history.bytes = bytes;
  return dropped;
}

/** Eight random characters are enough to tell two lives of one room apart, and are in every message. */
function newEpoch(): string {
  return connectionId().slice(0, 8);
}
