/** A copy of `bytes[start, end)` that its receiver may keep. */
export function copyBytes(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  // A plain view: `subarray` of a Buffer makes a Buffer, which costs twice as much.
  copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
  return copy;
}
