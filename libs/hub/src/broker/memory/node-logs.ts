import type { Clock } from '../../support/clock.js';
import { Fifo } from '../../support/fifo.js';
import type { Logged, LogLimit, Outgoing } from '../broker.js';

/** Bytes kept of one node; past them the oldest goes. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;
/** Milliseconds for which a message is kept. */
const MAX_LOG_AGE = 120_000;
/** What an entry costs beside its bytes: a log of tiny messages is bounded as well. */
const ENTRY_OVERHEAD = 64;

interface Entry extends Outgoing {
  readonly time: number;
}

interface NodeLog {
  readonly entries: Fifo<Entry>;
  bytes: number;
}

/** What each node has published for repair, for a while. */
export class NodeLogs {
  readonly #clock: Clock;
  readonly #logs = new Map<string, NodeLog>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps a message, unless it is there already: a batch is sent again when its answer was lost. */
  append(node: string, message: Outgoing): void {
    const log = this.#logs.get(node) ?? { entries: new Fifo<Entry>(), bytes: 0 };
    const newest = log.entries.at(log.entries.length - 1);
    if (newest !== undefined && !isBehind(newest, message)) return;
    this.#logs.set(node, log);
    log.entries.push({ ...message, time: this.#clock.now() });
    log.bytes += sizeOf(message);
    this.#trim(log);
  }

  /** What is behind `after`, up to the message with which a limit is reached. */
  read(node: string, after: number, limit: LogLimit): Logged[] {
    const log = this.#logs.get(node);
    if (log === undefined) return [];
    this.#trim(log);
    const found: Logged[] = [];
    let bytes = 0;
    for (let place = placeBehind(log.entries, after); place < log.entries.length; place++) {
      const entry = log.entries.at(place);
      if (entry === undefined || found.length >= limit.messages || bytes >= limit.bytes) break;
      found.push({ channel: entry.channel, message: entry.message });
      bytes += entry.message.length;
    }
    return found;
  }

  /** Drops what is too old, of nodes that are gone as well. */
  sweep(): void {
    for (const [node, log] of this.#logs) {
      this.#trim(log);
      if (log.entries.length === 0) this.#logs.delete(node);
    }
  }

  #trim(log: NodeLog): void {
    const oldest = this.#clock.now() - MAX_LOG_AGE;
    for (;;) {
      const entry = log.entries.at(0);
      if (entry === undefined) return;
      if (log.bytes <= MAX_LOG_BYTES && entry.time > oldest) return;
      log.bytes -= sizeOf(entry);
      log.entries.drop(1);
    }
  }
}

function sizeOf({ message }: Outgoing): number {
  return message.length + ENTRY_OVERHEAD;
}

function isBehind(newest: Outgoing, { seq, copy }: Outgoing): boolean {
  return seq > newest.seq || (seq === newest.seq && copy > newest.copy);
}

/** The first place whose number is above `after`: they are in order. */
function placeBehind(entries: Fifo<Entry>, after: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries.at(middle)?.seq ?? 0) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
