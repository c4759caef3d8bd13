import { hook } from './hooks.js';

/**
 * Runs after the 101, before any message of the connection is handled, and is awaited for as long as
 * `handshakeTimeout`; then the connection is closed with 1013. A throw closes it: 1008 for a 4xx
 * `HttpException` or an error with `getError()`, else 1011.
 *
 * Without parameter decorators the method receives `(connection, handshake)`. Guards, interceptors and
 * filters of the class do not run here; those set on the method do.
 */
export function OnConnect(): MethodDecorator {
  return hook('connect', 'OnConnect');
}
