import { asError } from './as-error.js';
import { isBroadcast } from './is-broadcast.js';
import type { Flight, Outbox } from './outbox.js';
import type { WatchedSession } from './watched-session.js';

/** Entries sent with one call. */
const BATCH = 256;

interface FlowListener {
  /** Bytes of the longest message, as of now. */
  maxMessage(): number;
  acknowledged(broadcasts: number): void;
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
  readonly #outbox: Outbox;
  readonly #session: WatchedSession;
  readonly #listener: FlowListener;
  #started = false;
  /** Flights without an answer. */
  #unanswered = 0;
  #refused: { readonly flight: Flight; readonly error: unknown } | undefined;
  /** So many entries are sent one by one. */
  #singly = 0;

  constructor(outbox: Outbox, session: WatchedSession, listener: FlowListener) {
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
      const flight = this.#outbox.take(this.#singly > 0 ? 1 : BATCH, this.#listener.maxMessage());
      if (flight === undefined) break;
      void this.#send(flight);
    }
    if (this.#outbox.size === 0) this.#listener.idle();
  }

  async #send(flight: Flight): Promise<void> {
    this.#unanswered++;
    try {
      await this.#session.send(
        flight.entries.flatMap(({ outgoing }) => outgoing),
        flight.log,
      );
      // What is acknowledged by a session that has ended is sent again by the next.
      if (this.#session.error !== undefined) return;
      this.#outbox.acknowledge(flight);
      this.#singly = Math.max(0, this.#singly - flight.entries.length);
      this.#listener.acknowledged(flight.entries.filter(isBroadcast).length);
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
