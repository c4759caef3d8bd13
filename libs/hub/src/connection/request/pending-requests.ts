import type { Unanswered } from './request-error.js';

/** Requests one client may owe an answer to: more of them wait for nobody who answers. */
export const MAX_PENDING_REQUESTS = 256;

/** What became of a request; `bytes` are those of the message that said so. */
export type Outcome =
  | { readonly answered: true; readonly data: unknown; readonly bytes: number }
  | {
      readonly answered: false;
      readonly reason: Unanswered;
      readonly data?: unknown;
      readonly bytes?: number;
    };

type Settle = (outcome: Outcome) => void;

/** What the server has asked one client and not been answered. */
export class PendingRequests {
  readonly #waiting = new Map<string | number, Settle>();

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns false when the client owes too many answers already. */
  add(id: string, settle: Settle): boolean {
    if (this.#waiting.size >= MAX_PENDING_REQUESTS) return false;
    this.#waiting.set(id, settle);
    return true;
  }

  /** Settles a request; one that is not waiting any more is left alone. */
  settle(id: string | number, outcome: Outcome): void {
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(outcome);
  }

  /** Nothing was sent after all. */
  forget(id: string): void {
    this.#waiting.delete(id);
  }

  /** The connection has closed. */
  abandon(): void {
    for (const id of this.#waiting.keys()) this.settle(id, { answered: false, reason: 'closed' });
  }
}
