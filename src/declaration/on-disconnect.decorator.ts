import { hook } from './hooks.js';

/**
 * Runs once after the connection closed. Without parameter decorators the method receives
 * `(connection, { code, reason, wasClean })`; `@MessageBody()` gives the second of these. A throw is
 * logged and goes no further.
 */
export function OnDisconnect(): MethodDecorator {
  return hook('disconnect', 'OnDisconnect');
}
