import type { Clock } from '../../support/clock.js';
import type { HistoryBounds, LogEnd, LogNews, LogPage } from '../broker-history.js';
import { IdempotencyIds } from './idempotency-ids.js';
import { Relay } from './relay.js';
import { RoomLog } from './room-log.js';

/** Rooms whose history is kept at a time; beyond that the one longest silent is forgotten. */
const MAX_ROOMS = 10_000;
/** Bytes of all histories together; beyond that the same happens. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Forgotten rooms whose next epoch is remembered; beyond that all rooms begin with another one. */
const MAX_FORGOTTEN = 10_000;
/** A room that was silent for so many times its `maxAge` loses its offsets, too. */
const FORGET_AFTER = 10;

/**
 * The messages of all rooms. What is appended is told to followers in the same turn, so there is one
 * order. An epoch begins with the server's generation: another server's never looks like one of ours.
 */
export class MemoryHistories {
  /** Who follows which room; told in the order of the offsets. */
  readonly followers = new Relay<LogNews>();
  readonly #generation: string;
  readonly #clock: Clock;
  readonly #ids: IdempotencyIds;
  /** In the order they were last written to. */
  readonly #rooms = new Map<string, RoomLog>();
  /** The epochs with which forgotten rooms begin again. */
  readonly #forgotten = new Map<string, string>();
  #epochs = 0;
  /** With which all other rooms begin. */
  #epoch: string;
  #bytes = 0;

  constructor(generation: string, clock: Clock) {
    this.#generation = generation;
    this.#clock = clock;
    this.#ids = new IdempotencyIds(clock);
    this.#epoch = this.#nextEpoch();
  }

  /**
   * @param body kept as it is: must not change afterwards
   * @param ids each names this append for 5 minutes: with one that was there nothing is appended
   */
  append(room: string, body: Uint8Array, bounds: HistoryBounds, ids: readonly string[]): LogNews {
    const earlier = this.#earlier(room, ids);
    if (earlier !== undefined) return { ...earlier, body };
    const log = this.#rooms.get(room) ?? new RoomLog(this.#epochOf(room), bounds);
    this.#bytes -= log.bytes;
    const entry = log.append(body, this.#clock.now(), bounds);
    this.#bytes += log.bytes;
    // To the end of the order: it was written last.
    this.#rooms.delete(room);
    this.#rooms.set(room, log);
    this.#makeRoom();
    const { offset, time } = entry;
    const { epoch } = log;
    for (const id of ids) this.#ids.set(room, id, { epoch, offset, time });
    const news = { epoch, offset, time, body };
    this.followers.publish(room, news);
    return news;
  }

  read(room: string, after: number, bounds: HistoryBounds): LogPage {
    const log = this.#rooms.get(room);
    const entries = log?.read(after, bounds, this.#clock.now()) ?? [];
    return { ...this.end(room), entries };
  }

  end(room: string): LogEnd {
    return { epoch: this.#epochOf(room), offset: this.#rooms.get(room)?.offset ?? 0 };
  }

  clear(room: string): void {
    const log = this.#rooms.get(room);
    if (log === undefined) return;
    this.#bytes -= log.bytes;
    this.#rooms.delete(room);
    this.#forgotten.set(room, this.#nextEpoch());
    if (this.#forgotten.size <= MAX_FORGOTTEN) return;
    this.#forgotten.clear();
    this.#epoch = this.#nextEpoch();
  }

  /** Drops what is too old, also of rooms that nobody writes to or reads. */
  sweep(): void {
    const time = this.#clock.now();
    this.#ids.sweep();
    for (const [room, log] of this.#rooms) {
      this.#bytes -= log.bytes;
      log.trim(time);
      this.#bytes += log.bytes;
      if (time - log.writtenAt > log.bounds.maxAge * FORGET_AFTER) this.clear(room);
    }
  }

  #earlier(room: string, ids: readonly string[]) {
    const epoch = this.#rooms.get(room)?.epoch;
    return ids
      .map((id) => this.#ids.get(room, id))
      .find((found) => found !== undefined && found.epoch === epoch);
  }

  #epochOf(room: string): string {
    return this.#rooms.get(room)?.epoch ?? this.#forgotten.get(room) ?? this.#epoch;
  }

  #nextEpoch(): string {
    return `${this.#generation}.${(this.#epochs++).toString(36)}`;
  }

  #makeRoom(): void {
    for (const oldest of this.#rooms.keys()) {
      const full = this.#rooms.size > MAX_ROOMS || this.#bytes > MAX_BYTES;
      if (!full || this.#rooms.size === 1) return;
      this.clear(oldest);
    }
  }
}
