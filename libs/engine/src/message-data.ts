/** What can be sent as one message. */
export type MessageData = string | number | ArrayBufferLike | ArrayBufferView | readonly number[];

/**
 * The bytes of `data`, as a view where it has bytes already. Anything else goes through
 * `Buffer.from`, whose rules decide: text and arrays of numbers are copied, what is neither throws.
 * @throws {TypeError} for null, functions, symbols and objects without bytes
 */
export function toBytes(data: MessageData): Buffer {
  if (typeof data === 'number') return Buffer.from(String(data));
  if (Buffer.isBuffer(data)) return data;
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.from(data as string);
}
