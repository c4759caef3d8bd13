import { catchError, isObservable } from 'rxjs';
import type { Caller } from './caller.js';
import { guardRunner } from './guard-runner.js';
import { inMessageScope } from './message-scope.js';
import { paramResolver } from './param-resolver.js';
import type { MessageArguments } from './params-factory.js';
import type { ResolvedHandler } from './resolved-handler.js';
import {
  filterIterable,
  isAsyncIterable,
  iterateInContext,
  subscribeInContext,
} from './streams.js';
import { isThenable } from '#hub';

/**
 * Guards, pipes and filters around a static message handler without interceptors. They do what they do in
 * Nest's pipeline, which stays the reference (test/e2e/pipeline-*.spec.ts run both), but only what
 * is a promise is waited for: Nest calls a dozen async functions for a message, which takes 2 to 5 us.
 */
export function staticPipeline(handler: ResolvedHandler): Caller<MessageArguments> {
  const { instance, callback, filters, hostOf } = handler;
  const guard = guardRunner(handler);
  const resolve = paramResolver(handler.params);

  const fail = async (error: unknown, received: MessageArguments): Promise<unknown> =>
    filters.next(error, hostOf(received));

  /** The errors of a stream come when the call is over, and go through the filters as well. */
  const deliver = (result: unknown, received: MessageArguments): unknown => {
    if (isObservable(result)) {
      return subscribeInContext(result).pipe(catchError((error) => fail(error, received)));
    }
    if (!isAsyncIterable(result)) return result;
    return filterIterable(iterateInContext(result), (error) => fail(error, received));
  };

  const deliverLater = async (
    result: PromiseLike<unknown>,
    received: MessageArguments,
  ): Promise<unknown> => {
    try {
      return deliver(await result, received);
    } catch (error) {
      return fail(error, received);
    }
  };

  const callLater = async (
    values: Promise<unknown[]>,
    received: MessageArguments,
  ): Promise<unknown> => {
    try {
      const result = callback.apply(instance, await values);
      return deliver(isThenable(result) ? await result : result, received);
    } catch (error) {
      return fail(error, received);
    }
  };

  return inMessageScope((received) => {
    try {
      // A copy: a guard may change what the handler gets, filters see what the client sent.
      const args = [...received];
      const allowed = guard?.(args);
      const values = allowed === undefined ? resolve(args) : allowed.then(() => resolve(args));
      if (!Array.isArray(values)) return callLater(values, received);
      const result = callback.apply(instance, values);
      return isThenable(result) ? deliverLater(result, received) : deliver(result, received);
    } catch (error) {
      return fail(error, received);
    }
  });
}
