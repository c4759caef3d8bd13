import type { LogEntry } from '../../broker/broker-history.js';

/** Messages of one room that may wait behind a hole, and their bytes; then they are read anew. */
const MAX_AHEAD = 1_024;
const MAX_AHEAD_BYTES = 1024 * 1024;

interface Waiting {
  readonly entry: LogEntry;
  /** How many reads had begun when it came. */
  readonly reads: number;
}

/** News of a room that came before older ones. */
export class Ahead {
  readonly #waiting = new Map<number, Waiting>();
  #bytes = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns false when there is no room for it: it has to be read */
  add(entry: LogEntry, reads: number): boolean {
    const { offset, body } = entry;
    if (this.#waiting.has(offset)) return true;
    if (this.size >= MAX_AHEAD || this.#bytes + body.length > MAX_AHEAD_BYTES) return false;
    this.#waiting.set(offset, { entry, reads });
    this.#bytes += body.length;
    return true;
  }

  take(offset: number): LogEntry | undefined {
    const entry = this.#waiting.get(offset)?.entry;
    if (entry !== undefined) this.#delete(offset, entry);
    return entry;
  }

  /** Lets go of what is delivered, and of what a read has not found that began after it came. */
  forget(last: number, read: number): number {
    let forged = 0;
    for (const [offset, { entry, reads }] of this.#waiting) {
      if (offset > last && reads >= read) continue;
      if (offset > last) forged++;
      this.#delete(offset, entry);
    }
    return forged;
  }

  clear(): void {
    this.#waiting.clear();
    this.#bytes = 0;
  }

  #delete(offset: number, { body }: LogEntry): void {
    this.#waiting.delete(offset);
    this.#bytes -= body.length;
  }
}
