const BINARY_TYPES = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'] as const;

/** How binary messages are handed out. */
export type BinaryType = (typeof BINARY_TYPES)[number];

export function isBinaryType(value: unknown): value is BinaryType {
  return BINARY_TYPES.some((type) => type === value);
}

/** A binary message as `type` says. */
export function toBinaryType(
  payload: Buffer,
  type: BinaryType,
): Buffer | ArrayBuffer | Buffer[] | Blob {
  if (type === 'nodebuffer') return payload;
  // Assembled already: fragments mean nothing to an application, and may change on the way (RFC 6455 5.4).
  if (type === 'fragments') return [payload];
  // Copied, for the buffer below may hold other messages of the same chunk.
  const exact = payload.buffer.slice(
    payload.byteOffset,
    payload.byteOffset + payload.length,
  ) as ArrayBuffer;
  return type === 'arraybuffer' ? exact : new Blob([exact]);
}
