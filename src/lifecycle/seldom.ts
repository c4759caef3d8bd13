/** Milliseconds between two lines about the same: what happens all the time must not flood the log. */
const INTERVAL = 60_000;

/** Says seldom how often something has happened: the first time at once, then once in a while. */
export class Seldom {
  readonly #told = new Map<string, { at: number; untold: number }>();

  /** @returns how many there were since it was told last; 0 when it is too early to say so */
  count(what: string, times: number): number {
    const now = performance.now();
    const told = this.#told.get(what) ?? { at: -Infinity, untold: 0 };
    this.#told.set(what, told);
    told.untold += times;
    if (now - told.at < INTERVAL) return 0;
    const { untold } = told;
    told.at = now;
    told.untold = 0;
    return untold;
  }
}
