import { UsageError } from '#engine';

/** Milliseconds a client has to answer. */
const DEFAULT_REQUEST_TIMEOUT = 10_000;
/** The longest delay Node's timers take; a longer one would fire at once. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** How long an answer is waited for. */
export interface RequestOptions {
  /** Milliseconds the client has to answer, default 10,000. */
  timeout?: number | undefined;
  /** Gives up when it aborts. */
  signal?: AbortSignal | undefined;
}

/** @throws {UsageError} for a timeout out of range. */
export function timeoutOf({ timeout = DEFAULT_REQUEST_TIMEOUT }: RequestOptions): number {
  if (Number.isSafeInteger(timeout) && timeout > 0 && timeout <= MAX_TIMEOUT) return timeout;
  throw new UsageError(
    `Cannot send request: a timeout of 1 to ${MAX_TIMEOUT} milliseconds is expected, current value is ${timeout}`,
  );
}
