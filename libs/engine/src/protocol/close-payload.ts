import { isSendableCloseCode } from './close-code.js';
import { MAX_CLOSE_REASON } from './control-payload.js';
import { UsageError } from './errors.js';

const EMPTY = Buffer.alloc(0);

/**
 * The body of a Close frame (RFC 6455 5.5.1): nothing, or a status code and a reason.
 * @throws {UsageError} for a code that may not be sent or a reason over 123 bytes of UTF-8
 */
export function closePayload(code: number | undefined, reason: string | Uint8Array): Buffer {
  if (code === undefined) {
    if (reason.length > 0) {
      throw new UsageError('Cannot close with a reason: a status code is needed too');
    }
    return EMPTY;
  }
  if (typeof code !== 'number' || !isSendableCloseCode(code)) {
    throw new UsageError(
      `Cannot close with code ${String(code)}: allowed are 1000-1003, 1007-1014 and 3000-4999`,
    );
  }
  const length = typeof reason === 'string' ? Buffer.byteLength(reason) : reason.length;
  if (length > MAX_CLOSE_REASON) {
    throw new UsageError(
      `Cannot close with this reason: it has ${length} bytes, allowed are ${MAX_CLOSE_REASON}`,
    );
  }
  const payload = Buffer.alloc(2 + length);
  payload.writeUInt16BE(code, 0);
  if (typeof reason === 'string') payload.write(reason, 2);
  else payload.set(reason, 2);
  return payload;
}

/** As much of an error's message as a Close frame carries, cut between characters. */
export function closeReason(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_CLOSE_REASON) return message;
  let end = MAX_CLOSE_REASON;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
