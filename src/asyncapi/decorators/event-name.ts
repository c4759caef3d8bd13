import { inspect } from 'node:util';
import { MAX_EVENT_LENGTH } from '#hub';
import { WsConfigurationError } from '../../support/ws-configuration-error.js';

/** @throws {WsConfigurationError} for what is no event of an application */
export function assertEvent(event: unknown, decorator: string): void {
  const isEvent =
    typeof event === 'string' &&
    event.length > 0 &&
    event.length <= MAX_EVENT_LENGTH &&
    !event.startsWith('$');
  if (isEvent) return;
  throw new WsConfigurationError(
    `Cannot set @${decorator}: expected an event of 1 to ${MAX_EVENT_LENGTH} characters that does not begin with $, current value is ${inspect(event)}`,
  );
}
