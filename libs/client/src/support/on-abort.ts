import { ClientError } from './client-error.js';
import type { Off } from './off.js';

/** Hears that the signal aborts; at once where it has. */
export function onAbort(
  signal: AbortSignal | undefined,
  listener: (error: ClientError) => void,
): Off {
  const abort = (): void =>
    listener(new ClientError('ABORTED', 'Aborted', { cause: signal?.reason }));
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort);
  return () => signal?.removeEventListener('abort', abort);
}
