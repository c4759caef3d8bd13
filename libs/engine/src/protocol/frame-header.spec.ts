import { describe, expect, it } from '@jest/globals';
import { TEST_MASK, rawFrame } from '../testing-fixtures/raw-frame.js';
import {
  FIN,
  FrameHeader,
  MAX_HEADER_LENGTH,
  RSV1,
  RSV2,
  RSV3,
  fullHeaderLength,
  headerLength,
  readHeaderRest,
  readHeaderStart,
  writeHeader,
} from './frame-header.js';

const MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** Lengths on both sides of every boundary, with the header bytes a frame without mask takes. */
const LENGTHS: readonly (readonly [length: bigint, bytes: number])[] = [
  [0n, 2],
  [1n, 2],
  [125n, 2],
  [126n, 4],
  [127n, 4],
  [255n, 4],
  [256n, 4],
  [65535n, 4],
  [65536n, 10],
  [2n ** 31n - 1n, 10],
  [2n ** 31n, 10],
  [2n ** 32n - 1n, 10],
  [2n ** 32n, 10],
  [MAX, 10],
];

/** Parses the header at the start of `bytes`, as the decoder does. */
function parse(bytes: Uint8Array, at = 0): FrameHeader {
  const header = new FrameHeader();
  readHeaderStart(bytes, at, header);
  readHeaderRest(bytes, at, header);
  return header;
}

describe('reading a header', () => {
  it('finds the bits of the first byte, whichever they are', () => {
    for (let first = 0; first < 256; first++) {
      expect(parse(Uint8Array.of(first, 0))).toMatchObject({
        fin: first >= 128,
        rsv: first & 0x70,
        opcode: first & 15,
        masked: false,
        length: 0,
        minimal: true,
        key: 0,
      });
    }
    expect([FIN, RSV1, RSV2, RSV3]).toEqual([128, 64, 32, 16]);
  });

  it.each(LENGTHS)('reads a length of %d from %d bytes', (length, bytes) => {
    for (const mask of [undefined, TEST_MASK]) {
      const frame = rawFrame({ opcode: 2, declaredLength: length, mask });
      expect(frame.length).toBe(bytes + (mask ? 4 : 0));
      expect(fullHeaderLength(frame[1]!)).toBe(frame.length);
      expect(parse(frame)).toMatchObject({
        length: Number(length),
        minimal: true,
        masked: mask !== undefined,
        key: mask ? 0x3d21fa37 : 0,
      });
    }
  });

  it('reads behind other bytes', () => {
    const frame = rawFrame({ opcode: 2, declaredLength: 70_000n, mask: TEST_MASK });
    const shifted = Buffer.concat([Buffer.from([255, 255, 255]), frame]);
    expect(parse(shifted, 3)).toEqual(parse(frame));
  });

  it('tells a length that did not take the fewest bytes', () => {
    for (const [length, bits, minimal] of [
      [0n, 16, false],
      [125n, 16, false],
      [126n, 16, true],
      [0n, 64, false],
      [125n, 64, false],
      [126n, 64, false],
      [65535n, 64, false],
      [65536n, 64, true],
    ] as const) {
      const header = parse(rawFrame({ opcode: 2, declaredLength: length, lengthBits: bits }));
      expect([length, bits, header.length, header.minimal]).toEqual([
        length,
        bits,
        Number(length),
        minimal,
      ]);
    }
  });

  it('calls a length infinite that a number does not hold, sign bit included', () => {
    for (const length of [MAX + 1n, 2n ** 60n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      expect(parse(rawFrame({ opcode: 2, declaredLength: length })).length).toBe(Infinity);
    }
  });

  it('carries nothing over from the header before', () => {
    const header = new FrameHeader();
    const first = rawFrame({ fin: true, rsv: 7, opcode: 2, lengthBits: 64, mask: TEST_MASK });
    readHeaderStart(first, 0, header);
    readHeaderRest(first, 0, header);
    const second = Uint8Array.of(0, 5);
    readHeaderStart(second, 0, header);
    readHeaderRest(second, 0, header);
    expect(header).toEqual(parse(second));
  });
});

describe('writing a header', () => {
  it.each(LENGTHS)('writes a length of %d in %d bytes', (length) => {
    for (const mask of [undefined, TEST_MASK]) {
      const expected = rawFrame({ fin: true, rsv: 4, opcode: 1, declaredLength: length, mask });
      const bytes = Buffer.alloc(MAX_HEADER_LENGTH + 3, 0xee);
      const key = mask && 0x3d21fa37;
      const end = writeHeader(bytes, 2, FIN | RSV1 | 1, Number(length), key);
      expect(end).toBe(2 + expected.length);
      expect(headerLength(Number(length), mask !== undefined)).toBe(expected.length);
      expect(bytes.subarray(2, end)).toEqual(expected);
      expect(bytes[1]).toBe(0xee);
      expect(bytes.subarray(end).every((byte) => byte === 0xee)).toBe(true);
    }
  });

  it('sets the mask bit for a key of 0 and for negative keys', () => {
    for (const [key, mask] of [
      [0, [0, 0, 0, 0]],
      [-1, [255, 255, 255, 255]],
      [-2147483648, [0, 0, 0, 128]],
    ] as const) {
      const bytes = Buffer.alloc(6);
      expect(writeHeader(bytes, 0, FIN | 1, 0, key)).toBe(6);
      expect([...bytes]).toEqual([0x81, 0x80, ...mask]);
      expect(parse(bytes).key).toBe(key);
    }
  });
});
