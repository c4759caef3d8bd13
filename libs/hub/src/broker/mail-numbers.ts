/** Numbers for each millisecond, so many that a count which is as old as they are stays behind them. */
const NUMBERS_PER_MILLISECOND = 1_024;

/**
 * Numbers of mail that is kept in memory. They go upwards, and those of a process that was started again
 * are none that the one before it has given: clients ignore numbers they have seen.
 */
export class MailNumbers {
  readonly #now: () => number;
  #last: number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    // Whoever was here before may have given numbers in this very millisecond.
    this.#last = (Math.floor(now()) + 1) * NUMBERS_PER_MILLISECOND;
  }

  next(): number {
    const ofTime = Math.floor(this.#now()) * NUMBERS_PER_MILLISECOND;
    this.#last = Math.max(this.#last + 1, ofTime);
    return this.#last;
  }
}
