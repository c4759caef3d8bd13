import type { Clock } from '../support/clock.js';

/** A server that calls every session about to end is not asked for more tokens than this. */
const LEAST_PAUSE = 5_000;

/** Renews the session of an open connection when the server says that it is about to end. */
export class Renewal {
  readonly #clock: Clock;
  readonly #token: (signal: AbortSignal) => Promise<string | null | undefined>;
  readonly #hand: (token: string) => Promise<unknown>;
  readonly #report: (error: unknown) => void;
  #connection = new AbortController();
  #last = -Infinity;
  #underWay = false;

  /** @param hand sends `reauthenticate` */
  constructor(
    clock: Clock,
    token: (signal: AbortSignal) => Promise<string | null | undefined>,
    hand: (token: string) => Promise<unknown>,
    report: (error: unknown) => void,
  ) {
    this.#clock = clock;
    this.#token = token;
    this.#hand = hand;
    this.#report = report;
  }

  due(): void {
    const now = this.#clock.now();
    if (this.#underWay || now - this.#last < LEAST_PAUSE) return;
    this.#last = now;
    void this.#renew(this.#connection.signal);
  }

  lost(): void {
    const connection = this.#connection;
    this.#connection = new AbortController();
    connection.abort();
  }

  async #renew(signal: AbortSignal): Promise<void> {
    this.#underWay = true;
    try {
      const token = await this.#token(signal);
      if (typeof token === 'string' && !signal.aborted) await this.#hand(token);
    } catch (error) {
      // The server closes with 4401 when the time is over, and then another token is asked for.
      if (!signal.aborted) this.#report(error);
    } finally {
      this.#underWay = false;
    }
  }
}
