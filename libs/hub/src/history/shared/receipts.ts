import type { BroadcastResult } from '../../rooms/broadcast.js';
import { ErrorCode } from '../../wire/error-code.js';
import { WireError } from '../../wire/wire-error.js';

/** Outcomes that are remembered for own messages whose answer is under way. */
const MAX_OUTCOMES = 1_024;

/** What became of a delivery at this node. */
export type Outcome = { readonly result: BroadcastResult } | { readonly error: unknown };

/** How far a room has been delivered. */
export interface Progress {
  readonly epoch: string | undefined;
  readonly last: number;
  /** Reads that have begun. */
  readonly reads: number;
}

interface Waiter {
  readonly epoch: string;
  readonly offset: number;
  readonly reads: number;
  readonly settle: (outcome: Outcome) => void;
}

/** Tells publishers when their message was delivered here, which may be before they know its offset. */
export class Receipts {
  readonly #outcomes = new Map<string, Outcome>();
  readonly #waiters = new Set<Waiter>();
  #expected = 0;

  /** A publication is under way. */
  expect(): void {
    this.#expected++;
  }

  /** It is no more. */
  done(): void {
    this.#expected--;
    if (this.#expected === 0) this.#outcomes.clear();
  }

  /** @returns whether a publisher may want to know. */
  delivered(epoch: string, offset: number, outcome: Outcome): boolean {
    if (this.#expected === 0) return false;
    this.#outcomes.set(`${epoch} ${offset}`, outcome);
    for (const oldest of this.#outcomes.keys()) {
      if (this.#outcomes.size <= MAX_OUTCOMES) break;
      this.#outcomes.delete(oldest);
    }
    return true;
  }

  /** @throws what the delivery threw; {WireError} UNAVAILABLE when the room has begun anew meanwhile */
  async of(epoch: string, offset: number, progress: Progress): Promise<BroadcastResult> {
    const outcome = await new Promise<Outcome>((settle) => {
      this.#waiters.add({ epoch, offset, reads: progress.reads, settle });
      this.progress(progress);
    });
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  /** @param read the number of the read that has ended now */
  progress({ epoch, last }: Progress, read = 0): void {
    for (const waiter of this.#waiters) {
      const known = this.#outcomes.get(`${waiter.epoch} ${waiter.offset}`);
      const isPast = waiter.epoch === epoch && waiter.offset <= last;
      const isLost = waiter.epoch !== epoch && read > waiter.reads;
      if (known === undefined && !isPast && !isLost) continue;
      this.#waiters.delete(waiter);
      waiter.settle(known ?? (isPast ? nobody() : { error: lost() }));
    }
  }

  /** Nobody of the room is here any more. */
  close(): void {
    for (const { settle } of this.#waiters) settle(nobody());
    this.#waiters.clear();
  }
}

function nobody(): Outcome {
  return { result: { sent: 0, queued: 0, dropped: 0, closed: 0 } };
}

function lost(): WireError {
  return new WireError(
    ErrorCode.Unavailable,
    'Cannot publish: the history of the room has begun anew before the message was delivered',
  );
}
