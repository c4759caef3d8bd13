import { hook } from './hooks.js';

/**
 * Runs when the client has sent a ping frame (browsers never do), after the pong was sent. Without
 * parameter decorators the method receives `(connection, payload)`, a `Buffer` of at most 125 bytes;
 * `@MessageBody()` gives the second of these. A throw is logged and goes no further.
 *
 * It runs beside the messages of the connection and waits for none. Of each connection one call is under
 * way at a time: pings that come meanwhile are answered, but left out here, so that a client that sends
 * many costs no memory. Nothing is read before the connect hook has settled, so pings that came earlier
 * are answered and reported after it; none is reported once the connection is closing.
 */
export function OnPing(): MethodDecorator {
  return hook('ping', 'OnPing');
}
