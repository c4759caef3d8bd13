import type { Clock } from '../support/clock.js';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  time = 1_000;
  /** What `random()` gives. */
  chance = 0.5;
  #timers = new Set<Timer>();

  now(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  get pending(): number {
    return this.#timers.size;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { due: this.time + milliseconds, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass: each timer runs when it is due. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.due - b.due);
      if (next === undefined || next.due > end) break;
      this.time = Math.max(this.time, next.due);
      this.#timers.delete(next);
      next.run();
    }
    this.time = end;
  }

  /** Time that passes while nothing runs: timers are late afterwards. */
  freeze(milliseconds: number): void {
    this.time += milliseconds;
    this.pass(0);
  }
}
