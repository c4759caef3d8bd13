import { describe, expect, it } from '@jest/globals';
import { naiveMask } from '../testing-fixtures/raw-frame.js';
import { inputBuffer } from './input-buffer.js';
import { applyMask, rotateKey } from './mask.js';

const KEYS: readonly (readonly number[])[] = [
  [0x37, 0xfa, 0x21, 0x3d],
  [0x00, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff],
  [0x80, 0x00, 0x00, 0x7f],
  [0x01, 0x02, 0x03, 0x84],
];

/** The key as the integer whose lowest byte comes first. */
function keyOf(bytes: readonly number[]): number {
  return bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24);
}

function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 89 + 17) & 0xff));
}

describe('applyMask', () => {
  it.each(KEYS)('agrees with one byte at a time for key %p %p %p %p', (...bytes) => {
    const key = keyOf(bytes);
    const source = pattern(256);
    const room = new ArrayBuffer(256);
    for (let alignment = 0; alignment < 8; alignment++) {
      // A view that starts and a range that starts off a word's boundary, together and alone.
      const view = Buffer.from(room, alignment);
      for (let start = 0; start < 8; start++) {
        for (let length = 0; length <= 200; length++) {
          source.copy(view, 0, 0, view.length);
          const expected = Buffer.from(view);
          expected.set(naiveMask(view.subarray(start, start + length), bytes), start);
          const ascii = applyMask(view, start, start + length, key);
          if (!view.equals(expected)) throw new Error(`Wrong at ${alignment}, ${start}, ${length}`);
          const isAscii = expected.subarray(start, start + length).every((byte) => byte < 128);
          if (ascii !== isAscii) throw new Error(`Flag at ${alignment}, ${start}, ${length}`);
        }
      }
    }
  });

  it('agrees with one byte at a time where whole rounds go through SIMD and the rest does not', () => {
    const bytes = KEYS[0]!;
    for (let length = 505; length <= 650; length++) {
      const start = length & 7;
      const view = pattern(700);
      const expected = Buffer.from(view);
      expected.set(naiveMask(view.subarray(start, start + length), bytes), start);
      applyMask(view, start, start + length, keyOf(bytes));
      if (!view.equals(expected)) throw new Error(`Wrong at ${start}, ${length}`);
    }
  });

  it('agrees with one byte at a time in the input buffer, at any place and length, and only there', () => {
    const bytes = KEYS[4]!;
    const key = keyOf(bytes);
    const source = pattern(420);
    const last = inputBuffer.length - source.length;
    for (let length = 0; length <= 400; length++) {
      for (const origin of [0, last]) {
        const start = origin + (length & 15);
        inputBuffer.set(source, origin);
        const expected = Buffer.from(source);
        const inSource = expected.subarray(length & 15, (length & 15) + length);
        inSource.set(naiveMask(inSource, bytes));
        const ascii = applyMask(inputBuffer, start, start + length, key);
        const found = inputBuffer.subarray(origin, origin + source.length);
        if (!expected.equals(found)) throw new Error(`Wrong at ${start}, ${length}`);
        if (ascii !== inSource.every((byte) => byte < 128)) throw new Error(`Flag at ${length}`);
      }
    }
  });

  it('sees the one byte that is not ASCII in a long payload too', () => {
    const key = keyOf(KEYS[0]!);
    for (let at = 0; at < 700; at++) {
      const clear = Buffer.alloc(700, 'a');
      clear[at] = 0x80;
      expect(applyMask(naiveMask(clear, KEYS[0]), 0, 700, key)).toBe(false);
    }
  });

  it('sees the one byte that is not ASCII wherever it stands', () => {
    const key = keyOf(KEYS[0]!);
    for (let length = 1; length <= 100; length++) {
      for (let at = -1; at < length; at++) {
        const clear = Buffer.alloc(length, 'a');
        if (at >= 0) clear[at] = 0x80;
        const masked = naiveMask(clear, KEYS[0]);
        if (applyMask(masked, 0, length, key) !== at < 0) throw new Error(`${length}, ${at}`);
        expect(masked.equals(clear)).toBe(true);
      }
    }
  });

  it('works at the end of memory whose size is no multiple of four', () => {
    for (let size = 60; size < 68; size++) {
      const bytes = new Uint8Array(new ArrayBuffer(size)).fill(7);
      applyMask(bytes, 1, size, keyOf(KEYS[0]!));
      const expected = naiveMask(new Uint8Array(size - 1).fill(7), KEYS[0]);
      expect(Buffer.from(bytes.subarray(1)).equals(expected)).toBe(true);
      expect(bytes[0]).toBe(7);
    }
  });

  it('keeps memory apart when it goes from one to another and back', () => {
    const one = Buffer.from(new ArrayBuffer(64)).fill(1);
    const other = Buffer.from(new ArrayBuffer(64)).fill(2);
    const key = keyOf(KEYS[0]!);
    for (const bytes of [one, other, one, other]) applyMask(bytes, 0, 64, key);
    expect(one.equals(Buffer.alloc(64, 1))).toBe(true);
    expect(other.equals(Buffer.alloc(64, 2))).toBe(true);
  });

  it('can be applied in any pieces with the key rotated to each', () => {
    const source = pattern(150);
    const expected = naiveMask(source, KEYS[0]);
    for (let cut = 0; cut <= 150; cut++) {
      const bytes = Buffer.from(source);
      applyMask(bytes, 0, cut, keyOf(KEYS[0]!));
      applyMask(bytes, cut, 150, rotateKey(keyOf(KEYS[0]!), cut));
      expect(bytes.equals(expected)).toBe(true);
    }
  });
});

describe('rotateKey', () => {
  it('moves the key on by bytes, at any distance', () => {
    const bytes = KEYS[0]!;
    for (const base of [0, 4, 65536, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 8]) {
      for (let step = 0; step < 4; step++) {
        const rotated = Array.from({ length: 4 }, (_, index) => bytes[(index + step) % 4]!);
        expect(rotateKey(keyOf(bytes), base + step)).toBe(keyOf(rotated));
      }
    }
  });
});
