import type { Clock } from '../../support/clock.js';
import { Fifo } from '../../support/fifo.js';
import type { Delivery, DropReason, OutboxEntry } from './link-host.js';

/** Bytes of all that waits and is in flight; past them the oldest that waits is dropped. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What an entry costs beside its bytes: a flood of tiny ones is bounded as well. */
const ENTRY_OVERHEAD = 128;
/** Milliseconds after which a message comes too late, at most once. */
const LATE = 10_000;
const MAX_IN_FLIGHT = 1_024;
const MAX_BYTES_IN_FLIGHT = 4 * 1024 * 1024;
/** Acknowledged entries are kept so many milliseconds, and bytes. */
const KEPT_FOR = 5_000;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Entries that were sent together. */
export interface Flight {
  readonly entries: readonly OutboxEntry[];
  readonly bytes: number;
  readonly log: boolean;
  acknowledged: boolean;
}

interface Kept {
  readonly entry: OutboxEntry;
  readonly since: number;
}

/**
 * What goes to the broker, in order: waiting, then in flight, then acknowledged and kept for a while,
 * for the server may come back without what it has acknowledged.
 */
export class Outbox {
  readonly #clock: Clock;
  readonly #late: number;
  readonly #dropped: (entry: OutboxEntry, reason: DropReason) => void;
  #waiting = new Fifo<OutboxEntry>();
  #waitingBytes = 0;
  readonly #flights = new Fifo<Flight>();
  #inFlight = 0;
  #bytesInFlight = 0;
  readonly #kept = new Fifo<Kept>();
  #keptBytes = 0;
  /** Sent once more although they were acknowledged: that they are not is no news to anybody. */
  readonly #again = new WeakSet<OutboxEntry>();

  constructor(
    clock: Clock,
    delivery: Delivery,
    dropped: (entry: OutboxEntry, reason: DropReason) => void,
  ) {
    this.#clock = clock;
    this.#late = delivery === 'at-most-once' ? LATE : Infinity;
    this.#dropped = dropped;
  }

  /** Entries without an answer. */
  get size(): number {
    return this.#waiting.length + this.#inFlight;
  }

  get bytes(): number {
    return this.#waitingBytes + this.#bytesInFlight;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The lowest number of a broadcast that has no answer; undefined when there is none. */
  get firstSeq(): number | undefined {
    for (let place = 0; place < this.#flights.length; place++) {
      const first = firstSeq(this.#flights.at(place)?.entries ?? []);
      if (first !== undefined) return first;
    }
    for (let place = 0; place < this.#waiting.length; place++) {
      const entry = this.#waiting.at(place);
      const first = entry && firstSeq([entry]);
      if (first !== undefined) return first;
    }
    return undefined;
  }

  push(entry: OutboxEntry, maxMessage: number): void {
    if (isTooLarge(entry, maxMessage)) {
      this.#drop(entry, 'too-large');
      return;
    }
    this.#waiting.push(entry);
    this.#waitingBytes += costOf(entry);
    this.#bound();
  }

  /**
   * What is to be sent next, as far as more may be in flight.
   * @param limit entries
   */
  take(limit: number, maxMessage: number): Flight | undefined {
    this.expire();
    const entries: OutboxEntry[] = [];
    let bytes = 0;
    for (;;) {
      const entry = this.#waiting.at(0);
      if (entry === undefined || entries.length >= limit) break;
      if ((entries[0] ?? entry).log !== entry.log) break;
      const cost = costOf(entry);
      // One that is too large for the rest of the window goes alone.
      const full =
        this.#inFlight + entries.length >= MAX_IN_FLIGHT ||
        this.#bytesInFlight + bytes + cost > MAX_BYTES_IN_FLIGHT;
      if (full && this.#inFlight + entries.length > 0) break;
      this.#waiting.drop(1);
      this.#waitingBytes -= cost;
      // The limit of the broker may have become smaller.
      if (isTooLarge(entry, maxMessage)) {
        this.#drop(entry, 'too-large');
        continue;
      }
      entries.push(entry);
      bytes += cost;
    }
    const [first] = entries;
    if (first === undefined) return undefined;
    const flight: Flight = { entries, bytes, log: first.log, acknowledged: false };
    this.#flights.push(flight);
    this.#inFlight += entries.length;
    this.#bytesInFlight += bytes;
    return flight;
  }

  /** The broker has all of it. Counted once all that was sent before is acknowledged as well. */
  acknowledge(flight: Flight): void {
    flight.acknowledged = true;
    for (;;) {
      const oldest = this.#flights.at(0);
      if (oldest?.acknowledged !== true) break;
      this.#land(oldest);
      const since = this.#clock.now();
      for (const entry of oldest.entries) this.#kept.push({ entry, since });
      this.#keptBytes += oldest.bytes;
    }
    this.#forget();
  }

  /** The broker will never take it. Nothing else is in flight. */
  discard(flight: Flight, reason: DropReason): void {
    this.#land(flight);
    for (const entry of flight.entries) this.#drop(entry, reason);
  }

  /**
   * What is in flight has to be sent again, first of all. What was acknowledged long ago is not, ever.
   * @returns how many entries
   */
  back(): number {
    this.#forget();
    const entries = this.#flights.slice().flatMap((flight) => flight.entries);
    this.#flights.clear();
    this.#inFlight = 0;
    this.#bytesInFlight = 0;
    this.#waitFirst(entries);
    return entries.length;
  }

  /**
   * The server is another one: what the one before has acknowledged lately has to be sent again.
   * @returns how many entries
   */
  replay(): number {
    const entries = this.#kept.slice().map(({ entry }) => entry);
    for (const entry of entries) this.#again.add(entry);
    this.#kept.clear();
    this.#keptBytes = 0;
    this.#waitFirst(entries);
    return entries.length;
  }

  /** Drops what comes too late. */
  expire(): void {
    const oldest = this.#clock.now() - this.#late;
    for (;;) {
      const entry = this.#waiting.at(0);
      if (entry === undefined || entry.at >= oldest) return;
      this.#dropWaiting(entry, 'late');
    }
  }

  /** Drops all of it. */
  clear(): void {
    this.back();
    this.#kept.clear();
    this.#keptBytes = 0;
    for (let entry = this.#waiting.at(0); entry !== undefined; entry = this.#waiting.at(0)) {
      this.#dropWaiting(entry, 'late');
    }
  }

  #land({ entries, bytes }: Flight): void {
    this.#flights.drop(1);
    this.#inFlight -= entries.length;
    this.#bytesInFlight -= bytes;
  }

  #waitFirst(entries: readonly OutboxEntry[]): void {
    if (entries.length === 0) return;
    const waiting = new Fifo<OutboxEntry>();
    for (const entry of entries) {
      waiting.push(entry);
      this.#waitingBytes += costOf(entry);
    }
    for (const entry of this.#waiting.slice()) waiting.push(entry);
    this.#waiting = waiting;
    this.#bound();
  }

  /** Only while there is a server: what it has acknowledged before it went may have to be replayed. */
  #forget(): void {
    const oldest = this.#clock.now() - KEPT_FOR;
    for (;;) {
      const kept = this.#kept.at(0);
      if (kept === undefined) return;
      if (kept.since > oldest && this.#keptBytes <= MAX_KEPT_BYTES) return;
      this.#kept.drop(1);
      this.#keptBytes -= costOf(kept.entry);
    }
  }

  #bound(): void {
    while (this.bytes > MAX_BYTES) {
      const entry = this.#waiting.at(0);
      if (entry === undefined) return;
      this.#dropWaiting(entry, 'full');
    }
  }

  #dropWaiting(entry: OutboxEntry, reason: DropReason): void {
    this.#waiting.drop(1);
    this.#waitingBytes -= costOf(entry);
    this.#drop(entry, reason);
  }

  #drop(entry: OutboxEntry, reason: DropReason): void {
    if (!this.#again.has(entry)) this.#dropped(entry, reason);
  }
}

/** What is no broadcast has the number 0. */
function firstSeq(entries: readonly OutboxEntry[]): number | undefined {
  for (const { outgoing } of entries) for (const { seq } of outgoing) if (seq > 0) return seq;
  return undefined;
}

function costOf({ bytes }: OutboxEntry): number {
  return bytes + ENTRY_OVERHEAD;
}

function isTooLarge(entry: OutboxEntry, maxMessage: number): boolean {
  return (
    costOf(entry) > MAX_BYTES || entry.outgoing.some(({ message }) => message.length > maxMessage)
  );
}
