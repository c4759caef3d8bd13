import { AsyncResource } from 'node:async_hooks';

const root = new AsyncResource('NestwireRoot', { requireManualDestroy: true });

/**
 * Schedules what serves many connections, or one that has not caused it: an asynchronous context
 * (`AsyncLocalStorage`) is inherited by whatever is scheduled in it, and that of one client's handler
 * must not be found by another's.
 */
export function inRootContext<Args extends unknown[], Result>(
  call: (...args: Args) => Result,
  ...args: Args
): Result {
  return root.runInAsyncScope(call, undefined, ...args);
}
