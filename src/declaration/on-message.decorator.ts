import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { MAX_EVENT_LENGTH } from '#hub';
import { MESSAGE_METADATA } from './metadata.js';
import type { MethodHost } from './overridden-method.js';
import { handles, readHandled, type Handled, type HandlerOptions } from './handled-messages.js';

/**
 * Handles messages of one event; without an event, those no other handler is named for. May stand
 * several times on one method.
 *
 * What the method returns (or resolves to) is the reply; `undefined` sends none, unless the message
 * has an id. An Observable or AsyncIterable is streamed. Without parameter decorators the method
 * receives `(connection, data)`.
 *
 * @param event 1 to 128 characters; matched exactly. Events that begin with `$` are the wire format's.
 * @throws {WsConfigurationError} for another type or length, or a wrong option
 */
export function OnMessage(options?: HandlerOptions): MethodDecorator;
export function OnMessage(event: string, options?: HandlerOptions): MethodDecorator;
export function OnMessage(...args: [(string | HandlerOptions)?, HandlerOptions?]): MethodDecorator {
  return handles(MESSAGE_METADATA, 'OnMessage', args, assertEvent);
}

/** Events a method handles; one without a key makes it the fallback. */
export function readEvents(type: MethodHost, name: string): readonly Handled<string>[] {
  return readHandled(MESSAGE_METADATA, type, name);
}

function assertEvent(event: unknown): void {
  if (typeof event !== 'string' || event.length === 0 || event.length > MAX_EVENT_LENGTH) {
    throw new WsConfigurationError(
      `Cannot map an event: expected 1 to ${MAX_EVENT_LENGTH} characters, current value is ${JSON.stringify(event)}`,
    );
  }
  if (event.startsWith('$')) {
    throw new WsConfigurationError(
      `Cannot map an event: those that begin with $ are reserved, current value is ${event}`,
    );
  }
}
