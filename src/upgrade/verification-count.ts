import { WheelTimer } from '#engine';

/**
 * Counts one verification under way until it has settled. A client that leaves does not end it: else
 * who connects and leaves at once would have any number of them run. One that never settles counts for as
 * long as a client could have waited for it.
 */
export class VerificationCount extends WheelTimer {
  readonly #timeout: number;
  readonly #release: () => void;
  readonly #begun = performance.now();

  /**
   * @param timeout milliseconds a client would wait
   * @param release counts it no longer; harmless when called again
   */
  constructor(timeout: number, release: () => void) {
    super();
    this.#timeout = timeout;
    this.#release = release;
  }

  /** Nobody waits for it any more. */
  abandoned(): void {
    const left = this.#timeout - (performance.now() - this.#begun);
    if (left > 0) this.start(left);
    else this.#release();
  }

  settled(): void {
    this.stop();
    this.#release();
  }

  protected override expired(): void {
    this.#release();
  }
}
