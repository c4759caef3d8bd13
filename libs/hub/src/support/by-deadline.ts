import type { Clock } from './clock.js';

/**
 * What `promise` gives, unless the time is up; what comes of it later is ignored.
 * @param late the error when the time is up
 */
export function byDeadline<Value>(
  promise: Promise<Value>,
  clock: Clock,
  milliseconds: number,
  late: () => Error,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, () => reject(late()));
    promise.then(
      (value) => {
        clock.clear(timer);
        resolve(value);
      },
      (error: unknown) => {
        clock.clear(timer);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on
        reject(error);
      },
    );
  });
}
