import { UsageError } from '#engine';
import { MAX_DELAY } from '../../options/option-kinds.js';

/** Milliseconds a client has to answer. */
const DEFAULT_REQUEST_TIMEOUT = 10_000;

/** How long an answer is waited for. */
export interface RequestOptions {
  /** Milliseconds the client has to answer, default 10,000. */
  timeout?: number | undefined;
  /** Gives up when it aborts. */
  signal?: AbortSignal | undefined;
}

/** @throws {UsageError} for a timeout out of range. */
export function timeoutOf({ timeout = DEFAULT_REQUEST_TIMEOUT }: RequestOptions): number {
  if (Number.isSafeInteger(timeout) && timeout > 0 && timeout <= MAX_DELAY) return timeout;
  throw new UsageError(
    `Cannot send request: a timeout of 1 to ${MAX_DELAY} milliseconds is expected, current value is ${timeout}`,
  );
}
