import { UsageError } from '#engine';

/** @throws {UsageError} for what cannot be sent past the codec. */
export function checkRawData(frame: 'message' | 'ping' | 'pong', data: unknown): void {
  if (typeof data === 'string' || data instanceof Uint8Array) return;
  throw new UsageError(
    `Cannot send ${frame}: a string or bytes are expected, current value is of type ${typeof data}`,
  );
}

/**
 * The payload of a control frame.
 * @throws {UsageError} for what is neither text nor bytes; its length is the transport's to check
 */
export function controlBytes(frame: 'ping' | 'pong', payload: string | Uint8Array): Uint8Array {
  checkRawData(frame, payload);
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}
