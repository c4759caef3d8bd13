import { hook } from './hooks.js';

/**
 * Runs when the client has sent a pong frame: the answer to `connection.ping()`, with its payload, or to
 * a ping of `limits.pingInterval`, without one. Without parameter decorators the method receives
 * `(connection, payload)`, a `Buffer` of at most 125 bytes; `@MessageBody()` gives the second of these.
 * `connection.latency` is up to date. A throw is logged and goes no further.
 *
 * It runs beside the messages of the connection and waits for none. Of each connection one call is under
 * way at a time; pongs that come meanwhile are left out. Nothing is read before the connect hook has
 * settled, so pongs that came earlier are reported after it; none is once the connection is closing.
 */
export function OnPong(): MethodDecorator {
  return hook('pong', 'OnPong');
}
