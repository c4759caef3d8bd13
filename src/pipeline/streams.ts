import { AsyncResource } from 'node:async_hooks';
import { Observable } from 'rxjs';
import { releaseStream } from '#hub';

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Hands on what an iterable yields; what it throws goes to `onError`, whose value is the last one. */
export function filterIterable(
  iterable: AsyncIterable<unknown>,
  onError: (error: unknown) => Promise<unknown>,
): AsyncIterable<unknown> & AsyncDisposable {
  return {
    [Symbol.asyncIterator]: () => new FilteredIterator(iterable, onError),
    [Symbol.asyncDispose]: () => releaseStream(iterable),
  };
}

/** No generator: it would pass on a `return` only when the value it waits for has come, if ever. */
class FilteredIterator implements AsyncIterator<unknown> {
  readonly #iterable: AsyncIterable<unknown>;
  readonly #onError: (error: unknown) => Promise<unknown>;
  #source: AsyncIterator<unknown> | undefined;
  #ended = false;

  constructor(iterable: AsyncIterable<unknown>, onError: (error: unknown) => Promise<unknown>) {
    this.#iterable = iterable;
    this.#onError = onError;
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      this.#source ??= this.#iterable[Symbol.asyncIterator]();
      return await this.#source.next();
    } catch (error) {
      // Nobody wanted more: that its wait was broken off is no error for filters.
      if (this.#ended) throw error;
      this.#ended = true;
      return { done: false, value: await this.#onError(error) };
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    if (!this.#ended) {
      this.#ended = true;
      await this.#source?.return?.();
    }
    return { done: true, value: undefined };
  }
}

/**
 * An iterable whose body runs in the asynchronous context of the caller of this function. A generator
 * runs when it is read, which is after the interceptors have returned: it would not find the
 * `AsyncLocalStorage` store that one of them has opened.
 */
export function iterateInContext(
  iterable: AsyncIterable<unknown>,
): AsyncIterable<unknown> & AsyncDisposable {
  const context = new AsyncResource('NestwireStream', { requireManualDestroy: true });
  return {
    [Symbol.asyncDispose]: () => releaseStream(iterable),
    [Symbol.asyncIterator]: () => {
      const iterator = context.runInAsyncScope(() => iterable[Symbol.asyncIterator]());
      return {
        next: () => context.runInAsyncScope(() => iterator.next()),
        return: async () =>
          (await context.runInAsyncScope(() => iterator.return?.())) ?? {
            done: true,
            value: undefined,
          },
      };
    },
  };
}

/** The same for an Observable, which runs when it is subscribed to. */
export function subscribeInContext(source: Observable<unknown>): Observable<unknown> {
  const context = new AsyncResource('NestwireStream', { requireManualDestroy: true });
  return new Observable((subscriber) =>
    context.runInAsyncScope(() => source.subscribe(subscriber)),
  );
}
