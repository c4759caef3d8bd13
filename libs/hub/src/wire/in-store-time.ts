import { inTime } from '../support/in-time.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { isThenable } from '../support/thenable.js';
import { ErrorCode } from './error-code.js';
import { WireError } from './wire-error.js';

/** Milliseconds a store may take for an answer: nobody waits for one that never comes. */
export const STORE_TIMEOUT = 10_000;

/**
 * What a store answers: at once where it is there, and in time or not at all where it is waited for.
 * @param doing what fails otherwise, such as "read mail"
 * @throws {WireError} TIMEOUT, as a rejection; what the store does later is ignored
 */
export function inStoreTime<Value>(
  doing: string,
  answer: MaybePromise<Value>,
  milliseconds = STORE_TIMEOUT,
): MaybePromise<Value> {
  if (!isThenable(answer)) return answer;
  return inTime(answer, milliseconds, () => storeTimedOut(doing, milliseconds));
}

function storeTimedOut(doing: string, milliseconds: number): WireError {
  return new WireError(
    ErrorCode.Timeout,
    `Cannot ${doing}: the store has not answered for ${milliseconds} milliseconds`,
  );
}
