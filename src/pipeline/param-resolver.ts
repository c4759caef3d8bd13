import type { ArgumentMetadata } from '@nestjs/common';
import type { ResolvedParam } from './resolved-handler.js';
import { isThenable } from '#hub';

/**
 * Reads the parameters of a handler and sends them through their pipes, all at once as Nest does: none
 * waits for another. Waits only for what is a promise.
 *
 * @returns the arguments by position
 * @throws what a decorator or pipe throws, as a rejection when there is more than one parameter
 */
type ParamResolver = (args: readonly unknown[]) => unknown[] | Promise<unknown[]>;

export function paramResolver(params: readonly ResolvedParam[]): ParamResolver {
  const [only] = params;
  // Without parameters Nest passes on what the handler is called with.
  if (only === undefined) return (args) => [...args];
  return params.length === 1 ? singleResolver(only) : concurrentResolver(params);
}

/** The usual handler has one parameter: there is nothing to gather. */
function singleResolver(param: ResolvedParam): ParamResolver {
  const place = (value: unknown): unknown[] => {
    const values = emptyArguments(param.index + 1);
    values[param.index] = value;
    return values;
  };
  return (args) => {
    let value = param.extract(args);
    for (let next = 0; next < param.pipes.length; next++) {
      if (isThenable(value)) return transformLater(param, value, next).then(place);
      value = transform(param, value, next);
    }
    return isThenable(value) ? Promise.resolve(value).then(place) : place(value);
  };
}

/**
 * In rounds, the order in which Nest calls synchronous pipes: the first one of each parameter, then the
 * second ones. (Nest 11 reads all the parameters before the first pipe, Nest 12 and this one by one.)
 */
function concurrentResolver(params: readonly ResolvedParam[]): ParamResolver {
  const length = Math.max(...params.map(({ index }) => index)) + 1;
  const rounds = Math.max(...params.map(({ pipes }) => pipes.length));
  return (args) => {
    const values = emptyArguments(length);
    let isPending = false;
    for (const param of params) {
      const value = start(param, args);
      values[param.index] = value;
      isPending ||= isThenable(value);
    }
    for (let round = 1; round < rounds; round++) {
      for (const param of params) {
        const value = values[param.index];
        // Who has to wait goes on alone.
        if (param.pipes.length <= round || isThenable(value)) continue;
        const changed = advance(param, value, round);
        values[param.index] = changed;
        isPending ||= isThenable(changed);
      }
    }
    return isPending ? Promise.all(values) : values;
  };
}

/** Like Nest's: no holes. */
function emptyArguments(length: number): unknown[] {
  const values: unknown[] = [];
  for (let index = 0; index < length; index++) values.push(undefined);
  return values;
}

function start(param: ResolvedParam, args: readonly unknown[]): unknown {
  try {
    const value = param.extract(args);
    if (param.pipes.length === 0) return value;
    // A decorator with an async factory: the pipes see what its promise resolves to.
    return isThenable(value) ? transformLater(param, value, 0) : advance(param, value, 0);
  } catch (error) {
    return rejected(error);
  }
}

/** @param next index of the pipe to call */
function advance(param: ResolvedParam, value: unknown, next: number): unknown {
  try {
    const changed = transform(param, value, next);
    const isDone = next + 1 === param.pipes.length;
    return isDone || !isThenable(changed) ? changed : transformLater(param, changed, next + 1);
  } catch (error) {
    return rejected(error);
  }
}

async function transformLater(
  param: ResolvedParam,
  pending: PromiseLike<unknown>,
  next: number,
): Promise<unknown> {
  let value = await pending;
  for (let index = next; index < param.pipes.length; index++) {
    value = await transform(param, value, index);
  }
  return value;
}

function transform({ pipes, metadata }: ResolvedParam, value: unknown, index: number): unknown {
  // An object for each call, as in Nest: what a pipe writes to it is not there for the next one.
  const own: ArgumentMetadata = { ...metadata };
  return pipes[index]?.transform(value, own);
}

/** One parameter's error must neither keep the others from starting nor leave theirs unhandled. */
function rejected(error: unknown): Promise<never> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever was thrown
  return Promise.reject(error);
}
