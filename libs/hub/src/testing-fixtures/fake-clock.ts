import type { Clock, Timer } from '../support/clock.js';
import { DueCalls, type Due } from './due-calls.js';

/** A clock that stands still until it is told; what is due happens in order, one by one. */
export class FakeClock implements Clock {
  /** What `random` gives next; 0.5 is the middle of every range. */
  chance = 0.5;
  readonly #random: (() => number) | undefined;
  readonly #timers = new DueCalls();
  #now: number;
  #soon: (() => void)[] = [];

  /** @param random in place of `chance` */
  constructor(now = 1_000_000, random?: () => number) {
    this.#now = now;
    this.#random = random;
  }

  /** Timers that have not run. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, call: () => void): Timer {
    return this.#timers.add(this.#now + delay, call);
  }

  soon(call: () => void): void {
    this.#soon.push(call);
  }

  clear(timer: Timer): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `after` has returned
    if (timer !== undefined) this.#timers.cancel(timer as Due);
  }

  random(): number {
    return this.#random?.() ?? this.chance;
  }

  /** Lets promises settle, and what was to happen soon, until nothing is left of either. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      const calls = this.#soon;
      if (calls.length === 0) return;
      this.#soon = [];
      for (const call of calls) call();
    }
  }

  /** Time goes on: all that is due meanwhile happens at its time. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.settle();
    for (let next = this.#timers.take(end); next !== undefined; next = this.#timers.take(end)) {
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await this.settle();
    }
    this.#now = end;
  }

  /** The process was stopped: time has passed, and what was due comes late. */
  async stall(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await this.advance(0);
  }
}
