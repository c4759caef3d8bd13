import type { Outgoing } from '../../broker/broker.js';
import type { Clock } from '../../support/clock.js';
import { asError } from './as-error.js';
import type { Flight, Outbox } from './outbox.js';
import type { WatchedSession } from './watched-session.js';

/** Entries sent with one call. */
const BATCH = 256;
/**
 * Milliseconds between two calls, unless so many wait: a call costs as much as a dozen messages of it. What
 * comes after a pause leaves at once.
 */
const PACE = 1;

interface FlowListener {
  /** Bytes of the longest message, as of now. */
  maxMessage(): number;
  acknowledged(entries: number): void;
  /** Nothing waits and nothing is in flight. */
  idle(): void;
  report(error: unknown): void;
}

/**
 * Sends the outbox through one session. When the broker refuses something although it takes writes,
 * what was in flight is sent one by one, and what it refuses then is dropped: one message must not keep
 * all others back.
 */
export class OutboxFlow {
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #session: WatchedSession;
  readonly #listener: FlowListener;
  #started = false;
  #sentAt = -Infinity;
  /** Whether a flush will come by itself. */
  #paced = false;
  /** Flights without an answer. */
  #unanswered = 0;
  #refused: { readonly flight: Flight; readonly error: unknown } | undefined;
  /** So many entries are sent one by one. */
  #singly = 0;

  constructor(clock: Clock, outbox: Outbox, session: WatchedSession, listener: FlowListener) {
    this.#clock = clock;
    this.#outbox = outbox;
    this.#session = session;
    this.#listener = listener;
  }

  start(): void {
    this.#started = true;
    this.flush();
  }

  flush(): void {
    while (this.#started && this.#refused === undefined && this.#session.error === undefined) {
      if (this.#singly > 0 && this.#unanswered > 0) return;
      if (this.#isEarly()) return;
      const flight = this.#outbox.take(this.#singly > 0 ? 1 : BATCH, this.#listener.maxMessage());
      if (flight === undefined) break;
      this.#sentAt = this.#clock.now();
      void this.#send(flight);
    }
    if (this.#outbox.size === 0) this.#listener.idle();
  }

  /** Something else is about to be sent, and must not overtake what waits: that leaves this turn. */
  hurry(): void {
    if (this.#outbox.waiting === 0) return;
    this.#sentAt = -Infinity;
    this.#clock.soon(this.#flushLater);
  }

  /** Whether what waits should wait for more; then it leaves a little later. */
  #isEarly(): boolean {
    const { waiting } = this.#outbox;
    if (waiting === 0 || waiting >= BATCH || this.#singly > 0) return false;
    const since = this.#clock.now() - this.#sentAt;
    // Also when the clock was set back.
    if (since < 0 || since >= PACE) return false;
    if (!this.#paced) {
      this.#paced = true;
      this.#clock.after(PACE, this.#paceOver);
    }
    return true;
  }

  readonly #flushLater = (): void => this.flush();

  readonly #paceOver = (): void => {
    this.#paced = false;
    // A timer of a millisecond may be early by a part of one.
    this.#sentAt = -Infinity;
    this.flush();
  };

  async #send(flight: Flight): Promise<void> {
    this.#unanswered++;
    try {
      const batch: Outgoing[] = [];
      for (const { outgoing } of flight.entries) for (const one of outgoing) batch.push(one);
      await this.#session.send(batch, flight.log);
      // What is acknowledged by a session that has ended is sent again by the next.
      if (this.#session.error !== undefined) return;
      this.#outbox.acknowledge(flight);
      this.#singly = Math.max(0, this.#singly - flight.entries.length);
      this.#listener.acknowledged(flight.entries.length);
    } catch (error) {
      this.#refused ??= { flight, error };
    } finally {
      this.#unanswered--;
    }
    if (this.#refused === undefined) this.flush();
    else if (this.#unanswered === 0) await this.#recover(this.#refused.flight, this.#refused.error);
  }

  async #recover(flight: Flight, error: unknown): Promise<void> {
    if (this.#session.error !== undefined) return;
    try {
      await this.#session.probe();
    } catch (cause) {
      this.#session.end(asError(cause));
      return;
    }
    if (flight.entries.length === 1 && this.#outbox.inFlight === 1) {
      this.#outbox.discard(flight, 'refused');
      this.#singly = Math.max(0, this.#singly - 1);
      this.#listener.report(error);
    } else {
      this.#singly = this.#outbox.back();
    }
    this.#refused = undefined;
    this.flush();
  }
}
