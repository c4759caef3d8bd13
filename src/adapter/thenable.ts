import { isRecord } from '../is-record.js';

/** Whether a hook has returned something to wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isRecord(value) && typeof value['then'] === 'function';
}
