/** What rxjs and other Observables have in common, so that none of them has to be imported. */
export interface Subscribable {
  subscribe(observer: {
    next(value: unknown): void;
    error(error: unknown): void;
    complete(): void;
  }): unknown;
}

export type StreamSource = Subscribable | AsyncIterable<unknown>;

/** Whether a handler's result is streamed: an Observable or an AsyncIterable. Arrays are values. */
export function isStream(value: unknown): value is StreamSource {
  if (typeof value !== 'object' || value === null) return false;
  return isSubscribable(value) || Symbol.asyncIterator in value;
}

export function isSubscribable(value: object): value is Subscribable {
  return typeof (value as { subscribe?: unknown }).subscribe === 'function';
}

/**
 * Lets go of a stream that nobody is going to read. It has not begun, and may hold something all the
 * same: an open file, listeners.
 */
export async function releaseStream(source: StreamSource): Promise<void> {
  // What an Observable holds it takes when it is subscribed to.
  if (isSubscribable(source)) return;
  const dispose: unknown = Reflect.get(source, Symbol.asyncDispose);
  if (typeof dispose === 'function') await dispose.call(source);
  else await source[Symbol.asyncIterator]().return?.();
}
