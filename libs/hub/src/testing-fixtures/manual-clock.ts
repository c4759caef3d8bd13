import type { Clock } from '../support/clock.js';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
}

/** Time that a test moves. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #chance: () => number;
  readonly #pending = new Set<Pending>();

  /** @param chance from 0 up to 1 */
  constructor(now = 1_000_000, chance: () => number = () => 0.5) {
    this.#now = now;
    this.#chance = chance;
  }

  /** Calls that wait for their time. */
  get waiting(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, call: () => void): Pending {
    const pending = { at: this.#now + delay, order: this.#order++, call };
    this.#pending.add(pending);
    return pending;
  }

  soon(call: () => void): void {
    this.after(0, call);
  }

  clear(timer: unknown): void {
    for (const one of this.#pending) if (one === timer) this.#pending.delete(one);
  }

  random(): number {
    return this.#chance();
  }

  /** Lets time pass; promises go on in between. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await settled();
      const next = this.#first();
      if (next === undefined || next.at > end) break;
      this.#pending.delete(next);
      this.#now = next.at;
      next.call();
    }
    this.#now = end;
  }

  #first(): Pending | undefined {
    let first: Pending | undefined;
    for (const one of this.#pending) {
      if (
        first === undefined ||
        one.at < first.at ||
        (one.at === first.at && one.order < first.order)
      ) {
        first = one;
      }
    }
    return first;
  }
}

/** All promises that can have gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
