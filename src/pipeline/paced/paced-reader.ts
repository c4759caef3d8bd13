import type { Unsubscribable } from 'rxjs';
import { ErrorCode, WireError } from '#hub';
import type { Pace } from './pace.js';

/** Values that interceptors may make beyond what was asked for: a heartbeat for instance. */
const MAX_WAITING = 1_024;

/**
 * What comes out of the interceptors, as the iterable that it was: the hub reads it at the pace of the client.
 */
export class PacedReader implements AsyncIterable<unknown>, AsyncDisposable {
  readonly #pace: Pace;
  readonly #subscription: () => Unsubscribable | undefined;
  readonly #waiting: unknown[] = [];
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param subscription to the interceptors, once there is one */
  constructor(pace: Pace, subscription: () => Unsubscribable | undefined) {
    this.#pace = pace;
    this.#subscription = subscription;
  }

  push(value: unknown): void {
    if (this.#isEnded) return;
    this.#waiting.push(value);
    this.#pace.met();
    if (this.#waiting.length > MAX_WAITING) {
      this.fail(
        new WireError(
          ErrorCode.LimitExceeded,
          `Cannot send stream: the limit is ${MAX_WAITING} values that interceptors add to it unasked`,
        ),
      );
      this.#subscription()?.unsubscribe();
    } else this.#wake?.();
  }

  fail(error: unknown): void {
    if (this.#isEnded) return;
    this.#failure = { error };
    this.end();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return { next: () => this.#pull(), return: () => this.#leave() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
  }

  async #pull(): Promise<IteratorResult<unknown>> {
    while (this.#waiting.length === 0 && !this.#isEnded) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#pace.want();
      await woken;
    }
    if (this.#waiting.length > 0) return { done: false, value: this.#waiting.shift() };
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    return { done: true, value: undefined };
  }

  async #leave(): Promise<IteratorResult<unknown>> {
    this.#waiting.length = 0;
    this.#failure = undefined;
    this.end();
    await this.#pace.end(() => this.#subscription()?.unsubscribe());
    return { done: true, value: undefined };
  }
}
