import type { Off } from './off.js';

/** Functions that are told something. What one of them throws is reported, and stops no other. */
export class Listeners<A extends unknown[]> {
  readonly #all = new Set<{ readonly run: (...told: A) => unknown }>();
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  get size(): number {
    return this.#all.size;
  }

  /** The same function may be added twice. */
  add(run: (...told: A) => unknown): Off {
    const entry = { run };
    this.#all.add(entry);
    return () => void this.#all.delete(entry);
  }

  tell(...told: A): void {
    // Those there are now: who comes meanwhile is told the next time, who has left is not told.
    for (const entry of Array.from(this.#all)) {
      if (!this.#all.has(entry)) continue;
      try {
        const result = entry.run(...told) as Partial<PromiseLike<unknown>> | undefined | null;
        // An async listener that fails is no unhandled rejection.
        result?.then?.(undefined, this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
