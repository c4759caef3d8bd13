import { hook } from './hooks.js';

/**
 * Runs when a connection fails: the peer broke the protocol or a limit, reads or answers too slowly, or
 * the socket reported an error. Without parameter decorators the method receives `(connection, error)`;
 * `@MessageBody()` gives the second of these. The error is a `WebSocketError` with a stable `code`, such
 * as `WS_ERR_UNSUPPORTED_MESSAGE_LENGTH`, or the socket's own, such as `ECONNRESET`. What handlers throw
 * does not come here.
 *
 * It is called at once: beside the messages of the connection, also while a connect hook is at work, and
 * before the disconnect hook, which does not wait until it has finished. A throw is logged and goes no
 * further.
 */
export function OnError(): MethodDecorator {
  return hook('error', 'OnError');
}
