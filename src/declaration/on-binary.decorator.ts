import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { BINARY_METADATA } from './metadata.js';
import type { MethodHost } from './overridden-method.js';
import { handles, readHandled, type Handled, type HandlerOptions } from './handled-messages.js';

/** Event of every binary message that has no envelope: in replies, `@EventName()` and errors. */
export const BINARY_EVENT = 'binary';

/**
 * Handles binary messages: those whose first byte is the type or, without a type, all that no other
 * method takes. A handler with a type gets the bytes behind it. May stand several times on one method.
 *
 * The payload is a `Buffer`, also for `@MessageBody()`. A `Buffer` or `Uint8Array` that is returned
 * goes back as a binary message, any other value as an event named `binary`. Without parameter
 * decorators the method receives `(connection, bytes)`.
 *
 * On connections whose codec is itself binary (MessagePack), binary messages are events and go to
 * `@OnMessage` methods.
 *
 * @param type 0 to 255
 * @throws {WsConfigurationError} for another type, or a wrong option
 */
export function OnBinary(options?: HandlerOptions): MethodDecorator;
export function OnBinary(type: number, options?: HandlerOptions): MethodDecorator;
export function OnBinary(...args: [(number | HandlerOptions)?, HandlerOptions?]): MethodDecorator {
  return handles(BINARY_METADATA, 'OnBinary', args, assertType);
}

/** Types a method handles; one without a key makes it the handler of all others. */
export function readBinaryTypes(type: MethodHost, name: string): readonly Handled<number>[] {
  return readHandled(BINARY_METADATA, type, name);
}

function assertType(type: unknown): void {
  if (typeof type === 'number' && Number.isInteger(type) && type >= 0 && type <= 255) return;
  throw new WsConfigurationError(
    `Cannot map a binary type: expected 0 to 255, current value is ${String(type)}`,
  );
}
