import { setImmediate as nextTurn } from 'node:timers/promises';
import { Observable } from 'rxjs';
import { releaseStream } from '#hub';
import type { Pace } from './pace.js';

/** Values read before others get their turn: an interceptor may let none of them pass. */
const VALUES_PER_TURN = 64;

/**
 * What an iterable yields as an Observable, so that interceptors see its values one by one. It asks for the
 * next value only when the reader behind them wants one, and lets go of the iterable when nobody does.
 */
export function pacedSource(iterable: AsyncIterable<unknown>, pace: Pace): Observable<unknown> {
  let iterator: AsyncIterator<unknown> | undefined;
  let isFinished = false;
  const release = async (): Promise<void> => {
    if (isFinished) return;
    isFinished = true;
    if (iterator === undefined) await releaseStream(iterable);
    else await iterator.return?.();
  };
  // Whoever has left before anything was read has not subscribed either.
  pace.add(release);
  return new Observable((subscriber) => {
    const read = async (): Promise<void> => {
      try {
        for (let values = 1; ; values++) {
          await pace.demand();
          if (subscriber.closed) return;
          iterator ??= iterable[Symbol.asyncIterator]();
          const step = await iterator.next();
          if (subscriber.closed) return;
          if (step.done === true) break;
          subscriber.next(step.value);
          if (values % VALUES_PER_TURN === 0) await nextTurn();
        }
        isFinished = true;
        subscriber.complete();
      } catch (error) {
        isFinished = true;
        subscriber.error(error);
      }
    };
    void read();
    return () => pace.release(release);
  });
}
