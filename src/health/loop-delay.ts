import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { LoopDelays } from './health-results.js';

/** Milliseconds between two looks at the event loop: fifty wake-ups a second, a few microseconds each. */
const RESOLUTION = 20;
const NANOSECONDS = 1e6;

/**
 * How late the event loop is, over windows of a fixed length: what is told is always of the last whole one,
 * whoever asks and however often. Keeps no process alive.
 */
export class LoopDelay {
  readonly #window: number;
  #histogram: IntervalHistogram | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last: LoopDelays = { mean: 0, p99: 0, max: 0 };

  /** @param window milliseconds */
  constructor(window: number) {
    this.#window = window;
  }

  /** Milliseconds, of the last whole window; 0 before the first has ended. */
  get last(): LoopDelays {
    return this.#last;
  }

  start(): void {
    if (this.#histogram !== undefined) return;
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#turn(), this.#window).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#histogram?.disable();
    this.#histogram = undefined;
  }

  #turn(): void {
    const histogram = this.#histogram;
    if (histogram === undefined) return;
    const { mean, max } = histogram;
    this.#last = { mean: delay(mean), p99: delay(histogram.percentile(99)), max: delay(max) };
    histogram.reset();
  }
}

/** What was measured includes the time between two looks; without any it is no number. */
function delay(nanoseconds: number): number {
  const late = nanoseconds / NANOSECONDS - RESOLUTION;
  return late > 0 ? Math.round(late * 100) / 100 : 0;
}
