import { onAbort } from './on-abort.js';
import type { Off } from './off.js';

/**
 * A promise whose subscriptions end with it.
 *
 * @param begin subscribes. @returns what ends that
 */
export function settle<T>(
  signal: AbortSignal | undefined,
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => readonly Off[],
): Promise<T> {
  const offs: Off[] = [];
  return new Promise<T>((resolve, reject) => {
    offs.push(onAbort(signal, reject));
    if (signal?.aborted !== true) offs.push(...begin(resolve, reject));
  }).finally(() => offs.forEach((off) => off()));
}
