import { clearTimeout, setTimeout } from 'node:timers';
import type { Matcher, Received } from './ws-frame.js';

/** Why a wait has ended without what was waited for. */
export type Miss = 'timeout' | 'closed';

interface Waiter {
  /** Whether it has taken the message. */
  readonly offer: (message: Received) => boolean;
  readonly missed: (why: Miss) => void;
}

/** What has arrived and nobody took, and those who wait for what has not arrived. */
export class Inbox {
  readonly #messages: Received[] = [];
  readonly #waiters = new Set<Waiter>();
  #closed = false;

  get unread(): readonly Received[] {
    return this.#messages;
  }

  add(message: Received): void {
    for (const { offer } of this.#waiters) if (offer(message)) return;
    this.#messages.push(message);
  }

  /** Nothing will come any more. */
  close(): void {
    this.#closed = true;
    for (const { missed } of this.#waiters) missed('closed');
  }

  /**
   * The first message that matches, which may have come already; others stay where they are.
   * @param timeout milliseconds
   * @param missed makes the error to reject with
   */
  take<M extends Received>(
    matches: Matcher<M>,
    timeout: number,
    missed: (why: Miss) => Error,
  ): Promise<M> {
    const message = this.#messages.find(matches);
    if (message !== undefined) {
      this.#messages.splice(this.#messages.indexOf(message), 1);
      return Promise.resolve(message);
    }
    if (this.#closed) return Promise.reject(missed('closed'));
    return new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        offer: (found) => {
          try {
            if (!matches(found)) return false;
          } catch (error) {
            // The test's own mistake: for who waits with it to hear, not for who delivers the message.
            over();
            reject(error instanceof Error ? error : new Error('Cannot match', { cause: error }));
            return false;
          }
          over();
          resolve(found);
          return true;
        },
        missed: (why) => {
          over();
          reject(missed(why));
        },
      };
      const timer = setTimeout(() => waiter.missed('timeout'), timeout);
      this.#waiters.add(waiter);
    });
  }
}
