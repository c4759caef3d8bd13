import { Fifo } from '../../support/fifo.js';
import type { HistoryBounds, LogEntry } from '../broker-history.js';

/** The messages of one life of one room. */
export class RoomLog {
  readonly epoch: string;
  /** Of the newest entry. */
  offset = 0;
  bytes = 0;
  /** Milliseconds since the epoch. */
  writtenAt = 0;
  /** Those it was last written with. */
  bounds: HistoryBounds;
  readonly #entries = new Fifo<LogEntry>();

  constructor(epoch: string, bounds: HistoryBounds) {
    this.epoch = epoch;
    this.bounds = bounds;
  }

  append(body: Uint8Array, time: number, bounds: HistoryBounds): LogEntry {
    const entry: LogEntry = { offset: ++this.offset, time, body };
    this.#entries.push(entry);
    this.bytes += body.length;
    this.writtenAt = time;
    this.bounds = bounds;
    this.trim(time);
    return entry;
  }

  /** What is behind `after` and within the bounds of whoever reads. */
  read(after: number, bounds: HistoryBounds, time: number): LogEntry[] {
    const first = this.offset - this.#entries.length + 1;
    const from = Math.max(this.#past(bounds, time).count, after + 1 - first);
    return this.#entries.slice(from);
  }

  /** Drops what is past the bounds it was written with. */
  trim(time: number): void {
    const { count, bytes } = this.#past(this.bounds, time);
    this.#entries.drop(count);
    this.bytes -= bytes;
  }

  /** How much of the front is past a bound; the newest stays within count and bytes, whatever its size. */
  #past(bounds: HistoryBounds, time: number): { count: number; bytes: number } {
    const { length } = this.#entries;
    let count = 0;
    let left = this.bytes;
    for (; count < length; count++) {
      const entry = this.#entries.at(count);
      if (entry === undefined) break;
      const tooMany =
        length - count > bounds.maxMessages || (left > bounds.maxBytes && count < length - 1);
      if (!tooMany && time - entry.time < bounds.maxAge) break;
      left -= entry.body.length;
    }
    return { count, bytes: this.bytes - left };
  }
}
