/** How much may pass: so many at once, and the same again every `per` milliseconds. */
export interface BucketRate {
  readonly capacity: number;
  /** Units that come back each millisecond. */
  readonly perMillisecond: number;
}

/** Parts of a unit that are lost in sums of fractions: who waited as long as it was told may pass. */
const ROUNDING = 1e-6;

/** A rate limit that allows bursts: it fills steadily, and every unit that passes empties it by one. */
export class TokenBucket {
  readonly #rate: BucketRate;
  #tokens: number;
  #filledAt: number;

  /** @param time milliseconds on a clock that never goes back; the bucket starts full */
  constructor(rate: BucketRate, time: number) {
    this.#rate = rate;
    this.#tokens = rate.capacity;
    this.#filledAt = time;
  }

  /**
   * Lets `units` pass, or nothing.
   *
   * More than the bucket holds can pass when it is full, and leaves a debt: otherwise a message just
   * over the limit could never be sent, however long its sender waits.
   */
  take(units: number, time: number): boolean {
    this.#fill(time);
    if (this.#tokens + ROUNDING < Math.min(units, this.#rate.capacity)) return false;
    this.#tokens -= units;
    return true;
  }

  /** Milliseconds until `take` of as much would succeed. */
  wait(units: number, time: number): number {
    this.#fill(time);
    const missing = Math.min(units, this.#rate.capacity) - this.#tokens;
    return missing <= ROUNDING ? 0 : Math.ceil(missing / this.#rate.perMillisecond);
  }

  /** How full it is: 1 when it could not be fuller, below 0 with a debt. */
  level(time: number): number {
    this.#fill(time);
    return this.#tokens / this.#rate.capacity;
  }

  /** Full: it remembers nothing and may be forgotten. */
  isFull(time: number): boolean {
    this.#fill(time);
    return this.#tokens >= this.#rate.capacity;
  }

  #fill(time: number): void {
    const filled = this.#tokens + (time - this.#filledAt) * this.#rate.perMillisecond;
    this.#tokens = Math.min(this.#rate.capacity, filled);
    this.#filledAt = time;
  }
}
