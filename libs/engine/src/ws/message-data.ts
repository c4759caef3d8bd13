/**
 * What can be sent as one message: text, bytes in any shape, a number (as text), or what `Buffer.from`
 * turns into bytes.
 */
export type MessageData =
  | string
  | number
  | ArrayBufferLike
  | ArrayBufferView
  | Blob
  | readonly number[]
  | readonly Buffer[]
  | { valueOf(): ArrayBufferLike | Uint8Array | readonly number[] | string }
  | { [Symbol.toPrimitive](hint: string): string };

const EMPTY = Buffer.alloc(0);

/**
 * The bytes of `data`, as a view where it has bytes already. Anything else goes through
 * `Buffer.from`, whose rules decide: text and arrays of numbers are copied, what is neither throws.
 * Nothing (undefined, null, false) is no bytes.
 * @throws {TypeError} for true, functions, symbols and objects without bytes
 */
export function toBytes(data: unknown): Buffer {
  if (Buffer.isBuffer(data)) return data;
  if (typeof data === 'number') return Buffer.from(String(data));
  if (data === undefined || data === null || data === false) return EMPTY;
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  // What `binaryType: 'fragments'` hands out can be sent on; as numbers it would be nonsense.
  if (Array.isArray(data) && data.length > 0 && data.every((part) => Buffer.isBuffer(part))) {
    return Buffer.concat(data);
  }
  return Buffer.from(data as string);
}

/** The bytes `toBytes` would give, counted. @throws {TypeError} as `toBytes` does */
export function byteLength(data: unknown): number {
  if (typeof data === 'string') return Buffer.byteLength(data);
  return data instanceof Blob ? data.size : toBytes(data).length;
}
