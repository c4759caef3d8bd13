import { SendResult, WheelTimer } from '#engine';
import { Phase } from '../state/phase.js';
import type { Askable } from './askable.js';
import { PendingRequests, type Outcome } from './pending-requests.js';
import type { Unanswered } from './request-error.js';

/**
 * Sends a request and waits for its outcome; rejects for nothing the client does.
 * @param deliver sends it; what it throws is what this rejects with
 */
export function ask(connection: Askable, id: string, deliver: () => SendResult): Promise<Outcome> {
  return new Promise((settle) => {
    if (connection.phase === Phase.Closed) {
      settle(unanswered('closed'));
      return;
    }
    const requests = (connection.requests ??= new PendingRequests());
    if (!requests.add(id, settle)) {
      settle(unanswered('busy'));
      return;
    }
    try {
      const sent = deliver();
      const lost = sent === SendResult.Closed || sent === SendResult.Dropped;
      if (lost) requests.settle(id, unanswered('closed'));
    } catch (error) {
      requests.forget(id);
      throw error;
    }
    // The client may have been paused for its many messages, and its answer stands behind them.
    connection.work?.readOn();
  });
}

function unanswered(reason: Unanswered): Outcome {
  return { answered: false, reason };
}

/** Ends a wait after a time or by a signal, whichever comes first. */
export class Deadline extends WheelTimer {
  readonly #signal: AbortSignal | undefined;
  readonly #end: (reason: 'timeout' | 'cancelled') => void;

  constructor(
    timeout: number,
    signal: AbortSignal | undefined,
    end: (reason: 'timeout' | 'cancelled') => void,
  ) {
    super();
    this.#signal = signal;
    this.#end = end;
    this.start(timeout);
    signal?.addEventListener('abort', this.#aborted, { once: true });
    if (signal?.aborted === true) this.#aborted();
  }

  /** The wait is over. */
  lift(): void {
    this.stop();
    this.#signal?.removeEventListener('abort', this.#aborted);
  }

  protected override expired(): void {
    this.lift();
    this.#end('timeout');
  }

  readonly #aborted = (): void => {
    this.lift();
    this.#end('cancelled');
  };
}
