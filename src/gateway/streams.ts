import { AsyncResource } from 'node:async_hooks';
import { Observable } from 'rxjs';

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Hands on what an iterable yields; what it throws goes to `onError`, whose value is the last one. */
export async function* filterIterable(
  iterable: AsyncIterable<unknown>,
  onError: (error: unknown) => Promise<unknown>,
): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* iterable;
  } catch (error) {
    yield await onError(error);
  }
}

/**
 * An iterable whose body runs in the asynchronous context of the caller of this function. A generator
 * runs when it is read, which is after the interceptors have returned: it would not find the
 * `AsyncLocalStorage` store that one of them has opened.
 */
export function iterateInContext(iterable: AsyncIterable<unknown>): AsyncIterable<unknown> {
  const context = new AsyncResource('NestwireStream', { requireManualDestroy: true });
  return {
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
