import type { Clock, Timer } from '../../support/clock.js';

const TICK = 1_000;

/**
 * Calls for many things at second's precision with one timer, which there is only while something is
 * waited for.
 */
export class Schedule<Thing> {
  readonly #clock: Clock;
  readonly #due: (thing: Thing) => void;
  /** What is due at which tick. */
  readonly #slots = new Map<number, Set<Thing>>();
  readonly #at = new Map<Thing, number>();
  #tick = 0;
  #timer: Timer;

  constructor(clock: Clock, due: (thing: Thing) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Calls in about as many seconds, from 1; instead of when it would have been called, if that is later. */
  within(thing: Thing, seconds: number): void {
    const tick = this.#tick + Math.max(1, Math.ceil(seconds));
    const before = this.#at.get(thing);
    if (before !== undefined && before <= tick) return;
    this.cancel(thing);
    const slot = this.#slots.get(tick) ?? new Set<Thing>();
    this.#slots.set(tick, slot.add(thing));
    this.#at.set(thing, tick);
    this.#timer ??= this.#clock.after(TICK, () => this.#next());
  }

  cancel(thing: Thing): void {
    const tick = this.#at.get(thing);
    if (tick === undefined) return;
    this.#at.delete(thing);
    const slot = this.#slots.get(tick);
    slot?.delete(thing);
    if (slot?.size === 0) this.#slots.delete(tick);
  }

  close(): void {
    this.#slots.clear();
    this.#at.clear();
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }

  #next(): void {
    this.#timer = undefined;
    const due = this.#slots.get(++this.#tick);
    this.#slots.delete(this.#tick);
    for (const thing of due ?? []) this.#at.delete(thing);
    if (this.#at.size > 0) this.#timer = this.#clock.after(TICK, () => this.#next());
    for (const thing of due ?? []) this.#due(thing);
  }
}
