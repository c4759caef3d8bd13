import type { Outgoing } from '../../broker/broker.js';
import type { Clock } from '../../support/clock.js';
import type { WatchedSession } from './watched-session.js';

/** Bytes without an answer, past which control messages are dropped. */
const MAX_BYTES = 4 * 1024 * 1024;
/** What a message costs beside its bytes. */
const MESSAGE_OVERHEAD = 128;

export interface ControlListener {
  maxMessage(): number;
  dropped(messages: number): void;
  /** All have an answer. */
  idle(): void;
}

/** Sends small messages that nobody repairs: at once, all of one turn together, or never. */
export class ControlFlow {
  readonly #clock: Clock;
  readonly #session: WatchedSession;
  readonly #listener: ControlListener;
  #batch: Outgoing[] = [];
  #bytes = 0;

  constructor(clock: Clock, session: WatchedSession, listener: ControlListener) {
    this.#clock = clock;
    this.#session = session;
    this.#listener = listener;
  }

  get idle(): boolean {
    return this.#bytes === 0;
  }

  send(channel: string, message: Uint8Array): void {
    const cost = message.length + MESSAGE_OVERHEAD;
    if (message.length > this.#listener.maxMessage() || this.#bytes + cost > MAX_BYTES) {
      this.#listener.dropped(1);
      return;
    }
    this.#bytes += cost;
    if (this.#batch.push({ channel, message, seq: 0, copy: 0 }) === 1) {
      this.#clock.soon(() => void this.#flush());
    }
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    try {
      await this.#session.send(batch, false);
    } catch {
      // The probe finds out whether the session is of any use.
      this.#listener.dropped(batch.length);
    }
    for (const { message } of batch) this.#bytes -= message.length + MESSAGE_OVERHEAD;
    if (this.idle) this.#listener.idle();
  }
}
