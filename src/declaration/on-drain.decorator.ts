import { hook } from './hooks.js';

/**
 * Runs when everything that waited for a slow client has left: its send queue was above
 * `limits.sendSoftMark` (64 KiB), so that `send()` answered `Queued`, and is empty again. Without
 * parameter decorators the method receives `(connection)`. A throw is logged and goes no further.
 *
 * It runs beside the messages of the connection and waits for none. Of each connection one call is under
 * way at a time; when the queue has been empty again meanwhile, however often, one more follows. It is
 * left out while the connect hook has not settled, where `await connection.drained()` says the same, and
 * once the connection is closing.
 */
export function OnDrain(): MethodDecorator {
  return hook('drain', 'OnDrain');
}
