import type { Subscribable } from './stream-source.js';
import { StreamTask, type StreamContext } from './stream-task.js';

/**
 * Sends what an Observable emits. Nothing can make an Observable wait: a client that does not keep
 * up fills its send queue and is dealt with by that queue's limits.
 */
export class ObservableStream extends StreamTask {
  readonly #source: Subscribable;
  #subscription: unknown;

  constructor(source: Subscribable, context: StreamContext) {
    super(context);
    this.#source = source;
  }

  start(): void {
    try {
      this.#subscription = this.#source.subscribe({
        next: (value) => this.emit(value),
        error: (error) => this.fail(error),
        complete: () => this.complete(),
      });
    } catch (error) {
      this.fail(error);
      return;
    }
    // It may have ended during the call, when there was no subscription to end yet.
    if (!this.open) {
      try {
        this.stopSource();
      } catch (error) {
        this.report(error);
      }
    }
  }

  protected stopSource(): void {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    if (isSubscription(subscription)) subscription.unsubscribe();
  }
}

function isSubscription(value: unknown): value is { unsubscribe(): void } {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { unsubscribe?: unknown }).unsubscribe === 'function'
  );
}
