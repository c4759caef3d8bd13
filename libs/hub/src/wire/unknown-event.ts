import { ErrorCode } from './error-code.js';
import { WireError } from './wire-error.js';

/** Nobody handles this event; it may have had any name. */
export function unknownEvent(): WireError {
  return new WireError(
    ErrorCode.UnknownEvent,
    'Cannot handle event: no handler is registered for it',
  );
}
