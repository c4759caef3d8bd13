import { isThenable } from './thenable.js';

/**
 * What a store returns: the value where it keeps it in memory, a Promise of it where it has to ask
 * another process. Whoever calls it stays synchronous with the first kind.
 */
export type MaybePromise<Value> = Value | Promise<Value>;

/** Goes on with `next` at once when the value is there, and when it comes otherwise. */
export function whenKnown<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isPromise(value) ? continued(value, next) : next(value);
}

/** Turns what a function throws into a rejection. */
export function attempt<Value>(call: () => MaybePromise<Value>): Promise<Value> {
  return new Promise((resolve) => {
    resolve(call());
  });
}

async function continued<Value, Result>(
  value: Promise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): Promise<Result> {
  return next(await value);
}

function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return isThenable(value);
}
