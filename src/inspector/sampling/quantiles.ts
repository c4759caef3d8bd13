/** Milliseconds of the first bucket, and how much wider each is than the one before: 60 reach 40 minutes. */
const FIRST = 0.05;
const GROWTH = 1.35;
const BUCKETS = 60;
const LOG_GROWTH = Math.log(GROWTH);

/** Durations by size: a quantile is right to a third of itself, at 480 bytes. */
class Histogram {
  readonly counts = new Uint32Array(BUCKETS);

  add(milliseconds: number): void {
    const at = milliseconds <= FIRST ? 0 : Math.ceil(Math.log(milliseconds / FIRST) / LOG_GROWTH);
    this.counts[Math.min(at, BUCKETS - 1)]!++;
  }
}

/** Quantiles of what came lately: of the current span of time and the one before. */
export class Quantiles {
  #now = new Histogram();
  #before = new Histogram();

  add(milliseconds: number): void {
    this.#now.add(milliseconds);
  }

  /** A new span begins. */
  turn(): void {
    this.#before = this.#now;
    this.#now = new Histogram();
  }

  /** @param share 0.99 for p99. @returns milliseconds, 0 where nothing came */
  of(share: number): number {
    const [now, before] = [this.#now.counts, this.#before.counts];
    let total = 0;
    for (let at = 0; at < BUCKETS; at++) total += now[at]! + before[at]!;
    if (total === 0) return 0;
    let left = Math.ceil(total * share);
    for (let at = 0; at < BUCKETS; at++) {
      left -= now[at]! + before[at]!;
      if (left <= 0) return FIRST * GROWTH ** at;
    }
    return FIRST * GROWTH ** (BUCKETS - 1);
  }
}
