import { DISCONNECT_METADATA } from '../ws.constants.js';
import { methodOf } from './method-of.js';

/**
 * Runs once after the connection closed. Without parameter decorators the method receives
 * `(connection, { code, reason, wasClean })`; `@MessageBody()` gives the second of these. A throw is
 * logged and goes no further.
 */
export function OnDisconnect(): MethodDecorator {
  return (_target, key, descriptor) => {
    Reflect.defineMetadata(DISCONNECT_METADATA, true, methodOf(key, descriptor, 'OnDisconnect'));
  };
}
