import type { Clock, Timer } from '../../../../libs/hub/src/support/clock.js';
import { DueCalls, type Due } from '../../../../libs/hub/src/testing-fixtures/due-calls.js';

/** Time that goes on when the run says so. What is due happens one by one, in one order for each seed. */
export class SimulatedClock implements Clock {
  #now = 1_700_000_000_000;
  readonly #timers = new DueCalls();
  #soon: (() => void)[] = [];
  readonly random: () => number;
  /** Of all that has happened, and when: two runs that differ have another one. */
  fingerprint = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, call: () => void): Timer {
    return this.#timers.add(this.#now + Math.max(0, delay), call);
  }

  soon(call: () => void): void {
    this.#soon.push(call);
  }

  clear(timer: Timer): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `after` has returned
    if (timer !== undefined) this.#timers.cancel(timer as Due);
  }

  /** Whole numbers from `from` up to and with `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  /** Promises settle, and what was to happen at the end of the turn does. */
  async settle(): Promise<void> {
    for (let turn = 0; ; turn++) {
      await new Promise(setImmediate);
      if (this.#soon.length === 0) return;
      if (turn > 1_000) throw new Error(`A turn never ends: ${String(this.#soon[0])}`);
      const calls = this.#soon;
      this.#soon = [];
      for (const call of calls) call();
    }
  }

  /** Time goes on. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.settle();
    for (let next = this.#timers.take(end); next !== undefined; next = this.#timers.take(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.fingerprint = (Math.imul(this.fingerprint, 31) + next.order + next.at * 1_024) | 0;
      next.call();
      await this.settle();
    }
    this.#now = end;
  }
}

/** The clock of one process: with it, its timers are gone. */
export class ProcessClock implements Clock {
  dead = false;
  readonly #clock: SimulatedClock;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  random(): number {
    return this.#clock.random();
  }

  after(delay: number, call: () => void): Timer {
    return this.#clock.after(delay, () => {
      if (!this.dead) call();
    });
  }

  soon(call: () => void): void {
    this.#clock.soon(() => {
      if (!this.dead) call();
    });
  }

  clear(timer: Timer): void {
    this.#clock.clear(timer);
  }
}
