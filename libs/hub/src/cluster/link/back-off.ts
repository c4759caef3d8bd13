import type { Clock } from '../../support/clock.js';

const FIRST_DELAY = 50;
const LONGEST_DELAY = 250;
/** So that nodes that lost one server do not come back in one moment. */
const SPREAD = 0.25;

/** Milliseconds before the next attempt: twice as many each time, up to a limit. */
export class BackOff {
  readonly #clock: Clock;
  #delay = FIRST_DELAY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): number {
    const delay = this.#delay;
    this.#delay = Math.min(delay * 2, LONGEST_DELAY);
    return delay * (1 - SPREAD + 2 * SPREAD * this.#clock.random());
  }

  reset(): void {
    this.#delay = FIRST_DELAY;
  }
}
