/**
 * What `promise` gives, unless the time is up or the signal aborts first; what comes of it later is
 * ignored.
 * @param late the error when the time is up
 */
export function inTime<Value>(
  promise: PromiseLike<Value>,
  milliseconds: number,
  late: () => Error,
  signal?: AbortSignal,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      settled();
    };
    const aborted = (): void =>
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is whatever was given
      settle(() => reject(signal?.reason));
    // A process that ends otherwise does not stay for it.
    const timer = setTimeout(() => settle(() => reject(late())), milliseconds).unref();
    signal?.addEventListener('abort', aborted, { once: true });
    promise.then(
      (value) => settle(() => resolve(value)),
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on
      (error: unknown) => settle(() => reject(error)),
    );
    if (signal?.aborted === true) aborted();
  });
}
