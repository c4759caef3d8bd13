import { types } from 'node:util';
import { MAX_CONTROL_PAYLOAD } from '#engine';

/** A text message. */
export interface Utf8Message {
  readonly type: 'utf8';
  readonly utf8Data: string;
}

/** A binary message. */
export interface BinaryMessage {
  readonly type: 'binary';
  readonly binaryData: Buffer;
}

/** What the event `message` hands out. */
export type Message = Utf8Message | BinaryMessage;

/** Anything that can be sent as text: its `toString()` is. */
export interface Stringified {
  toString(): string;
}

const EMPTY = Buffer.alloc(0);

/** The text of `data`. @throws {TypeError} for what has no `toString` */
export function toText(data: Stringified): string {
  if (typeof data === 'string') return data;
  const given: unknown = data;
  if (
    given !== null &&
    given !== undefined &&
    typeof Reflect.get(Object(given), 'toString') === 'function'
  ) {
    return data.toString();
  }
  throw new TypeError('Cannot send a message: it must be bytes or have a method toString');
}

/** The bytes of `data` as a view of them; null when it has none. */
export function bytesOf(data: unknown): Buffer | null {
  if (Buffer.isBuffer(data)) return data;
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return types.isAnyArrayBuffer(data) ? Buffer.from(data) : null;
}

/**
 * The payload of a ping or pong: bytes, or text; nothing for what is empty. It is cut to what a control
 * frame may have (RFC 6455 5.5).
 */
export function controlPayload(data: Stringified | undefined | null): Buffer {
  if (!data) return EMPTY;
  const bytes = bytesOf(data) ?? Buffer.from(toText(data));
  return bytes.subarray(0, MAX_CONTROL_PAYLOAD);
}
