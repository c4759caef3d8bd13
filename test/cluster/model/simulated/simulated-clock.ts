import type { Clock, Timer } from '../../../../libs/hub/src/support/clock.js';

interface Due {
  readonly at: number;
  readonly order: number;
  call: (() => void) | undefined;
}

/** Time that goes on when the run says so. What is due happens one by one, in one order for each seed. */
export class SimulatedClock implements Clock {
  #now = 1_700_000_000_000;
  #order = 0;
  /** A binary heap: the next is the first. */
  readonly #heap: Due[] = [];
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
    const due: Due = { at: this.#now + Math.max(0, delay), order: this.#order++, call };
    this.#push(due);
    return due;
  }

  soon(call: () => void): void {
    this.#soon.push(call);
  }

  clear(timer: Timer): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `after` has returned
    if (timer !== undefined) (timer as Due).call = undefined;
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
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      const { call } = next;
      if (call === undefined) continue;
      this.#now = Math.max(this.#now, next.at);
      this.fingerprint = (Math.imul(this.fingerprint, 31) + next.order + next.at * 1_024) | 0;
      call();
      await this.settle();
    }
    this.#now = end;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let place = heap.push(due) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = heap[parent];
      if (other === undefined || isBefore(other, due)) break;
      heap[place] = other;
      heap[(place = parent)] = due;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, left)) child++;
      const smaller = heap[child] ?? left;
      if (isBefore(last, smaller)) break;
      heap[place] = smaller;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
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
