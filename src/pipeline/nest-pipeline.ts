import { catchError, isObservable } from 'rxjs';
import type { Caller } from './caller.js';
import { readIntercepted } from './intercepted-result.js';
import { inMessageScope } from './message-scope.js';
import type { MessageArguments } from './params-factory.js';
import { filterIterable, isAsyncIterable } from './streams.js';
import { kLateError, kStreams } from './message-context.js';

/**
 * Nest's own pipeline around a message handler, with what Nest does not do for streams: their errors
 * come when the call is over, and go through the filters as well.
 *
 * @param call made by Nest's `ExternalContextCreator`
 * @param rethrow the same filters around a function that throws the context's late error
 */
export function nestPipeline(
  call: Caller<MessageArguments>,
  rethrow: Caller<MessageArguments>,
): Caller<MessageArguments> {
  return inMessageScope(async (args) => {
    const [, , context] = args;
    const onError = async (error: unknown): Promise<unknown> => {
      context[kLateError] = error;
      return rethrow(...args);
    };
    const returned = await call(...args);
    // Behind interceptors the handler only runs when it is subscribed to: its errors are late, too.
    const result =
      isObservable(returned) && !context[kStreams]
        ? await readIntercepted(returned, context).catch(onError)
        : returned;
    if (isObservable(result)) return result.pipe(catchError(onError));
    return isAsyncIterable(result) ? filterIterable(result, onError) : result;
  });
}
