import { LimitError, ProtocolError, type WebSocketError } from '../../protocol/errors.js';

/** The one violation that is a plain `Error` in `ws`. */
const PLAIN_ERROR = 'WS_ERR_INVALID_UTF8';

/**
 * Gives an error the name that the same one has in `ws`, where programs look for it: in `error.name` and
 * `String(error)`. Its class stays ours.
 */
export function named<E extends WebSocketError>(
  error: E,
  name: 'Error' | 'TypeError' = 'Error',
): E {
  return Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
}

/** What a peer did wrong, as `ws` tells it: a `RangeError` with the same code. Its cause is ours. */
export function violationOf(error: WebSocketError): Error {
  if (!(error instanceof ProtocolError) && !(error instanceof LimitError)) return named(error);
  const { message, code, closeCode } = error;
  const Native = code === PLAIN_ERROR ? Error : RangeError;
  return Object.assign(new Native(message, { cause: error }), { code, closeCode });
}
