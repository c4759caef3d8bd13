const MIB = 1024 * 1024;

/** Around every step of the length field (RFC 6455 5.2), the thresholds of compression, and large. */
export const SIZES = [0, 1, 125, 126, 127, 1_023, 1_024, 65_535, 65_536, 65_537, MIB, MIB + 1];
export const LARGEST = 64 * MIB;

// Making the largest takes longer than sending it.
const texts = new Map<number, string>();
const buffers = new Map<number, Buffer>();

/** Text of so many bytes of UTF-8, with characters of every length where there is room. */
export function textOf(bytes: number): string {
  const known = texts.get(bytes);
  if (known !== undefined) return known;
  const line = 'grüße 🎉 über ws, ';
  const lineBytes = Buffer.byteLength(line);
  const whole = line.repeat(Math.floor(bytes / lineBytes));
  // Through bytes and back, for a string that is put together of parts is slow to send.
  const text = Buffer.from(whole + 'x'.repeat(bytes - Buffer.byteLength(whole))).toString();
  texts.set(bytes, text);
  return text;
}

/** Bytes that repeat, but not so soon that compressing them costs nothing. */
export function bytesOf(length: number): Buffer {
  const known = buffers.get(length);
  if (known !== undefined) return known;
  const block = Buffer.alloc(Math.min(length, 10_007));
  for (let at = 0; at < block.length; at++) block[at] = (at * 31 + (at >> 7)) & 255;
  const bytes = length === 0 ? block : Buffer.alloc(length, block);
  buffers.set(length, bytes);
  return bytes;
}
