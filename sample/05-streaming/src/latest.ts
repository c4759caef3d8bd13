import type { Observable } from 'rxjs';

/**
 * Reads a source that nothing can slow down at the pace of the reader: what comes while the reader is
 * busy replaces what came before, so it always gets the newest value next, and never a backlog.
 *
 * @param signal ends the waiting; a generator cannot be stopped in the middle of an `await`
 */
export async function* latest<T>(
  source: Observable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  let newest: { readonly value: T } | undefined;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  const subscription = source.subscribe({
    next: (value) => {
      newest = { value };
      wake?.();
    },
    error: (error: unknown) => {
      failure = { error };
      wake?.();
    },
    complete: () => {
      ended = true;
      wake?.();
    },
  });
  const stop = (): void => wake?.();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      if (newest !== undefined) {
        const { value } = newest;
        newest = undefined;
        yield value;
      } else if (failure !== undefined) {
        throw failure.error;
      } else if (ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    subscription.unsubscribe();
    signal.removeEventListener('abort', stop);
  }
}
