import { types } from 'node:util';
import { isRecord } from './is-record.js';

/**
 * Whether what a deciding method returned is an object that lets somebody in: a user, or a grant. What a
 * query finds, an empty list too, is nobody; nor is anything else that is read value by value (a Map, bytes, a
 * generator that has not run, a stream), a Date, the answer of another service whose status nobody looked at,
 * or `new Boolean(false)`.
 */
export function isGranting(result: unknown): result is Record<string, unknown> {
  if (!isRecord(result)) return false;
  if (Symbol.iterator in result || Symbol.asyncIterator in result) return false;
  return !(
    types.isBoxedPrimitive(result) ||
    types.isDate(result) ||
    types.isAnyArrayBuffer(result) ||
    types.isWeakMap(result) ||
    types.isWeakSet(result) ||
    types.isRegExp(result) ||
    result instanceof Response
  );
}
