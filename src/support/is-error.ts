import { types } from 'node:util';

/** Whether a value is an error, of whichever realm: one that is returned must not pass for a result. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}
