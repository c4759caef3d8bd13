import { BrokerUnavailable } from './broker-unavailable.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';

/**
 * Says it in the words of the wire when the broker is away: clients may be told so.
 * @param doing what cannot be done then, such as "publish"
 * @throws {WireError} UNAVAILABLE; everything else as it is
 */
export async function reachable<Value>(doing: string, call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof BrokerUnavailable ? unavailable(doing, error) : error;
  }
}

export function unavailable(doing: string, cause?: unknown): WireError {
  return new WireError(ErrorCode.Unavailable, `Cannot ${doing}: the broker cannot be reached now`, {
    cause,
  });
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof WireError && error.code === ErrorCode.Unavailable;
}
