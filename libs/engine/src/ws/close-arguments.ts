import { isSendableCloseCode } from '../protocol/close-code.js';
import { MAX_CLOSE_REASON } from '../protocol/control-payload.js';

const EMPTY = Buffer.alloc(0);

/**
 * Checks what `close(code, reason)` was given, by the rules of `ws`: a reason is ignored without a code,
 * and when it has no length.
 * @returns the reason's bytes
 * @throws {TypeError} for a code that may not be sent (RFC 6455 7.4), or a reason that is neither text nor
 *   bytes; {RangeError} for a reason of more than 123 bytes
 */
export function readCloseArguments(code: unknown, reason: unknown): Uint8Array {
  if (code === undefined) return EMPTY;
  if (typeof code !== 'number' || !isSendableCloseCode(code)) {
    throw new TypeError('First argument must be a valid error code number');
  }
  if (reason === undefined) return EMPTY;
  const isText = typeof reason === 'string';
  if (!isText && !(reason instanceof Uint8Array)) {
    if (reason !== null && !(reason as { length?: unknown }).length) return EMPTY;
    // A length and no bytes: sending that many would send bytes of something else (CVE-2016-10518).
    throw new TypeError('Second argument must be a string or a Uint8Array');
  }
  const bytes = isText ? Buffer.from(reason) : reason;
  if (bytes.length > MAX_CLOSE_REASON) {
    throw new RangeError(`The message must not be greater than ${MAX_CLOSE_REASON} bytes`);
  }
  return bytes;
}
