/**
 * The base framing of RFC 6455 5.2:
 *
 *     byte 0   FIN RSV1 RSV2 RSV3 opcode(4)
 *     byte 1   MASK payload-length(7)
 *     then     16-bit length if that is 126, 64-bit if it is 127, then the 4-byte masking key
 */
export const FIN = 0x80;
/** Set on the first frame of a compressed message (RFC 7692 6). */
export const RSV1 = 0x40;
/** No extension here gives it a meaning: it fails the connection. */
export const RSV2 = 0x20;
/** The same. */
export const RSV3 = 0x10;
const MASK = 0x80;

/** Two bytes, an eight-byte length and a key. */
export const MAX_HEADER_LENGTH = 14;

/** Largest payload length a JavaScript number holds exactly in the upper half of 64 bits: 2^53 - 1. */
const MAX_HIGH_WORD = 0x1fffff;

/** One parsed header. One object is reused for all frames of a connection. */
export class FrameHeader {
  fin = false;
  /** The three reserved bits, in place: RSV1 | RSV2 | RSV3. */
  rsv = 0;
  opcode = 0;
  masked = false;
  /** Payload bytes; Infinity when the 64-bit length is beyond 2^53 - 1, sign bit included. */
  length = 0;
  /** Whether the length stood in the fewest bytes possible (RFC 6455 5.2 demands it of senders). */
  minimal = true;
  /** Masking key as `applyMask` takes it; 0 when not masked. */
  key = 0;
}

/** Header bytes in front of a payload of `length` bytes. */
export function headerLength(length: number, masked: boolean): number {
  return (length < 126 ? 2 : length < 65536 ? 4 : 10) + (masked ? 4 : 0);
}

/**
 * Parses the first two bytes of a header, which is all the rules about bits and opcodes need.
 * `header.length` is then only exact when it is below 126.
 */
export function readHeaderStart(bytes: Uint8Array, at: number, header: FrameHeader): void {
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  header.fin = (first & FIN) !== 0;
  header.rsv = first & (RSV1 | RSV2 | RSV3);
  header.opcode = first & 0x0f;
  header.masked = (second & MASK) !== 0;
  header.length = second & 0x7f;
  header.minimal = true;
  header.key = 0;
}

/** Bytes of the header whose second byte is `second`. */
export function fullHeaderLength(second: number): number {
  const length = second & 0x7f;
  return (length < 126 ? 2 : length === 126 ? 4 : 10) + ((second & MASK) !== 0 ? 4 : 0);
}

/** Parses what follows the first two bytes; all of it must be there. */
export function readHeaderRest(bytes: Uint8Array, at: number, header: FrameHeader): void {
  let next = at + 2;
  if (header.length === 126) {
    header.length = (bytes[next]! << 8) | bytes[next + 1]!;
    header.minimal = header.length > 125;
    next += 2;
  } else if (header.length === 127) {
    const high = readUint32(bytes, next);
    header.length =
      high > MAX_HIGH_WORD ? Infinity : high * 0x1_0000_0000 + readUint32(bytes, next + 4);
    header.minimal = header.length > 0xffff;
    next += 8;
  }
  if (header.masked) {
    header.key =
      bytes[next]! | (bytes[next + 1]! << 8) | (bytes[next + 2]! << 16) | (bytes[next + 3]! << 24);
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}

/**
 * Writes a header with the length in the fewest bytes.
 * @param first FIN, RSV bits and opcode
 * @param key masking key, or undefined to send unmasked
 * @returns the offset behind the header
 */
export function writeHeader(
  bytes: Uint8Array,
  at: number,
  first: number,
  length: number,
  key: number | undefined,
): number {
  const mask = key === undefined ? 0 : MASK;
  let next = at + 2;
  bytes[at] = first;
  if (length < 126) {
    bytes[at + 1] = mask | length;
  } else if (length < 65536) {
    bytes[at + 1] = mask | 126;
    bytes[next++] = length >>> 8;
    bytes[next++] = length;
  } else {
    bytes[at + 1] = mask | 127;
    const high = Math.floor(length / 0x1_0000_0000);
    for (let shift = 24; shift >= 0; shift -= 8) bytes[next++] = high >>> shift;
    for (let shift = 24; shift >= 0; shift -= 8) bytes[next++] = length >>> shift;
  }
  if (key !== undefined) {
    bytes[next++] = key;
    bytes[next++] = key >>> 8;
    bytes[next++] = key >>> 16;
    bytes[next++] = key >>> 24;
  }
  return next;
}
