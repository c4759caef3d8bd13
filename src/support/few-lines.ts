/** Lines in a second: clients decide how many there would be. */
const MAX_LINES = 5;
const PERIOD = 1_000;

/** Lets a few lines of a kind through in each second, and counts the others. */
export class FewLines {
  readonly #write: (line: string) => void;
  #since = 0;
  #lines = 0;
  #leftOut = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** @param line asked for when it is written; how many were left out before it stands behind it */
  write(line: () => string): void {
    const now = Date.now();
    if (Math.abs(now - this.#since) >= PERIOD) {
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines === MAX_LINES) {
      this.#leftOut++;
      return;
    }
    this.#lines++;
    const others = this.#leftOut === 0 ? '' : ` (${this.#leftOut} more before it)`;
    this.#leftOut = 0;
    this.#write(line() + others);
  }
}
