import { WsConfigurationError } from '../errors/ws-configuration-error.js';
import { MAX_EVENT_LENGTH, MESSAGE_METADATA } from '../ws.constants.js';
import { methodOf } from './method-of.js';

/**
 * Handles messages of one event; without an argument, those no other handler is named for. May stand
 * several times on one method.
 *
 * What the method returns (or resolves to) is the reply; `undefined` sends none, unless the message
 * has an id. An Observable or AsyncIterable is streamed. Without parameter decorators the method
 * receives `(connection, data)`.
 *
 * @param event 1 to 128 characters; matched exactly
 * @throws {WsConfigurationError} for another type or length
 */
export function OnMessage(...args: [event?: string]): MethodDecorator {
  // A misspelt constant is `undefined` and would turn the method into the fallback unnoticed.
  if (args.length > 0) assertEvent(args[0]);
  const event = args[0];
  return (_target, key, descriptor) => {
    const method = methodOf(key, descriptor, 'OnMessage');
    Reflect.defineMetadata(MESSAGE_METADATA, [...readEvents(method), event], method);
  };
}

/** Events a method handles; an `undefined` among them makes it the fallback. */
export function readEvents(method: object): readonly (string | undefined)[] {
  const events: (string | undefined)[] | undefined = Reflect.getMetadata(MESSAGE_METADATA, method);
  return events ?? [];
}

function assertEvent(event: unknown): void {
  if (typeof event === 'string' && event.length > 0 && event.length <= MAX_EVENT_LENGTH) return;
  throw new WsConfigurationError(
    `Cannot map an event: expected 1 to ${MAX_EVENT_LENGTH} characters, current value is ${JSON.stringify(event)}`,
  );
}
