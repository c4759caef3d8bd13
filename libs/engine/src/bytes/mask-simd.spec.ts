import { describe, expect, it } from '@jest/globals';
import { loadMaskSimd, wholeRounds, type MaskSimd } from './mask-simd.js';

function naive(bytes: Uint8Array, key: number): Buffer {
  return Buffer.from(bytes.map((byte, at) => byte ^ ((key >>> (8 * (at & 3))) & 0xff)));
}

describe('mask-simd', () => {
  const simd = loadMaskSimd()!;
  const mask: MaskSimd['maskRounds'] = (...args) => simd.maskRounds(...args);

  it('finds SIMD in this Node', () => {
    expect(simd).not.toBeNull();
  });

  it.each([64, 128, 512, 4096, 65_536, 65_536 + 64, 200_000 - (200_000 % 64)])(
    'masks %i bytes as the byte loop does, and nothing around them',
    (length) => {
      const key = 0x9badf00d;
      for (const start of [0, 1, 3, 16]) {
        const bytes = Buffer.alloc(length + 32).map((_, at) => (at * 7 + 3) & 0xff);
        const expected = Buffer.from(bytes);
        naive(bytes.subarray(start, start + length), key).copy(expected, start);
        mask(bytes, start, start + length, key);
        expect(Buffer.compare(bytes, expected)).toBe(0);
      }
    },
  );

  it('masks where they are the bytes that lie in its own memory', () => {
    const { memory } = simd;
    const key = 0x9badf00d;
    const pattern = Buffer.alloc(memory.length).map((_, at) => (at * 7 + 3) & 0xff);
    for (const length of [64, 128, 8192, memory.length - 64]) {
      for (const start of [0, 1, 3, 16, 64].filter((at) => at + length <= memory.length)) {
        memory.set(pattern);
        const expected = Buffer.from(pattern);
        naive(pattern.subarray(start, start + length), key).copy(expected, start);
        const ascii = mask(memory, start, start + length, key);
        expect(Buffer.compare(memory, expected)).toBe(0);
        expect(ascii).toBe(expected.subarray(start, start + length).every((byte) => byte < 128));
      }
    }
  });

  it('tells whether a single byte anywhere is not ASCII', () => {
    for (let at = 0; at < 256; at++) {
      const bytes = Buffer.alloc(256, 0x41);
      expect(mask(Buffer.from(bytes), 0, 256, 0)).toBe(true);
      bytes[at] = 0x80;
      expect(mask(bytes, 0, 256, 0)).toBe(false);
    }
  });

  it('sees a byte that is not ASCII in an earlier page too', () => {
    const bytes = Buffer.alloc(3 * 65_536, 0x41);
    bytes[10] = 0xff;
    expect(mask(bytes, 0, bytes.length, 0)).toBe(false);
  });

  it('is absent, not broken, where the module cannot be loaded', () => {
    expect(loadMaskSimd(Uint8Array.of(0, 1, 2, 3))).toBeNull();
  });

  it('rounds down to whole rounds of 64 bytes', () => {
    expect([0, 63, 64, 65, 127, 128].map(wholeRounds)).toEqual([0, 0, 64, 64, 64, 128]);
  });
});
