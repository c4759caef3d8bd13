import type { Clock } from '../../support/clock.js';
import { isBroadcast } from './is-broadcast.js';
import type { DropReason, OutboxEntry } from './link-host.js';

/** Entries told of together; a flood does not wait for the end of its turn, for it holds memory. */
const BATCH = 1_024;

/** Counts broadcasts that were dropped and tells of it at the end of the turn, or when there is much. */
export class DropNotices {
  readonly counts: Record<DropReason, number> = { full: 0, late: 0, 'too-large': 0, refused: 0 };
  readonly #clock: Clock;
  readonly #tell: (entries: readonly OutboxEntry[], reason: DropReason) => void;
  #pending: { readonly entries: OutboxEntry[]; readonly reason: DropReason }[] = [];
  #size = 0;

  constructor(clock: Clock, tell: (entries: readonly OutboxEntry[], reason: DropReason) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  add(entry: OutboxEntry, reason: DropReason): void {
    if (isBroadcast(entry)) this.counts[reason]++;
    const newest = this.#pending.at(-1);
    if (newest?.reason === reason) newest.entries.push(entry);
    else this.#pending.push({ entries: [entry], reason });
    if (++this.#size === 1) this.#clock.soon(() => this.flush());
    if (this.#size >= BATCH) this.flush();
  }

  flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#size = 0;
    for (const { entries, reason } of pending) this.#tell(entries, reason);
  }
}
