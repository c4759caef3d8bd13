import type { Clock } from '../support/clock.js';

/** A timer so much too late was not the event loop's: the page was frozen, or the machine asleep. */
export const LATE = 5_000;
/** So long a server has to answer when there is reason to doubt, in milliseconds. */
export const PROBE_TIMEOUT = 5_000;

interface LivenessTimes {
  readonly pingInterval: number;
  readonly pingTimeout: number;
}

/**
 * Finds out whether the server of an open connection is still there. Whatever it says is a sign of life;
 * after `pingInterval` of silence it is asked.
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #times: LivenessTimes;
  readonly #ask: () => void;
  readonly #dead: () => void;
  #heardAt: number;
  /** It was asked, and has said nothing since. */
  #asked = false;
  #off = (): void => {};

  /** @param ask sends a `$ping` */
  constructor(clock: Clock, times: LivenessTimes, ask: () => void, dead: () => void) {
    this.#clock = clock;
    this.#times = times;
    this.#ask = ask;
    this.#dead = dead;
    this.#heardAt = clock.now();
    this.#wait(times.pingInterval);
  }

  heard(): void {
    this.#heardAt = this.#clock.now();
    this.#asked = false;
  }

  /** Asks now, and gives it `timeout` milliseconds. */
  probe(timeout: number): void {
    this.#asked = true;
    this.#ask();
    this.#wait(timeout);
  }

  stop(): void {
    this.#off();
  }

  #wait(milliseconds: number): void {
    const due = this.#clock.now() + milliseconds;
    this.#off();
    this.#off = this.#clock.after(milliseconds, () => this.#due(this.#clock.now() - due));
  }

  #due(late: number): void {
    const { pingInterval, pingTimeout } = this.#times;
    const silent = this.#clock.now() - this.#heardAt;
    // What has arrived meanwhile is read after this timer: nobody is dead before having been asked.
    if (late > LATE) this.probe(PROBE_TIMEOUT);
    else if (this.#asked) this.#dead();
    else if (silent >= pingInterval) this.probe(pingTimeout);
    else this.#wait(pingInterval - silent);
  }
}
