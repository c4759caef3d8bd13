import type { Clock, Timer } from '../support/clock.js';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
  cancelled: boolean;
}

/** Time that passes when a test says so, and chance that is the same for the same seed. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  #seed: number;
  /** A binary heap, the next first. */
  readonly #heap: Entry[] = [];

  constructor(seed = 1, now = 1_700_000_000_000) {
    this.#seed = seed;
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, call: () => void): Timer {
    const entry = { at: this.#now + delay, order: ++this.#order, call, cancelled: false };
    this.#push(entry);
    return entry;
  }

  soon(call: () => void): void {
    this.after(0, call);
  }

  clear(timer: Timer): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a timer of this clock
    if (timer !== undefined) (timer as Entry).cancelled = true;
  }

  /** mulberry32. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), this.#seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Lets so many milliseconds pass, and promises go on after each call. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await settle();
    }
    this.#now = end;
  }

  /** Lets what has been asked for at the end of this turn happen. */
  turn(): Promise<void> {
    return this.pass(0);
  }

  #next(end: number): Entry | undefined {
    while (this.#heap.length > 0) {
      const [first] = this.#heap;
      if (first === undefined || first.at > end) return undefined;
      this.#pop();
      if (!first.cancelled) return first;
    }
    return undefined;
  }

  #push(entry: Entry): void {
    let at = this.#heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.#earlier(right, left) ? right : left;
      if (!this.#swapIfEarlier(child, at)) return;
      at = child;
    }
  }

  #swapIfEarlier(one: number, other: number): boolean {
    if (!this.#earlier(one, other)) return false;
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    this.#heap[one] = b;
    this.#heap[other] = a;
    return true;
  }

  #earlier(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }
}

/** A few rounds of microtasks: as many as a chain of promises has that nothing else happens between. */
async function settle(): Promise<void> {
  for (let round = 0; round < 6; round++) await Promise.resolve();
}
