import { describe, expect, it } from '@jest/globals';
import { readRawFrames } from '../testing-fixtures/raw-frame.js';
import { encodeFrame, freshMaskingKey, writeFrame, writeTextFrame } from './frame-encoder.js';
import { FIN, RSV1, headerLength } from './frame-header.js';

const LENGTHS = [0, 1, 2, 3, 4, 5, 23, 24, 25, 100, 125, 126, 127, 1000, 65535, 65536, 70_001];
const KEYS = [undefined, 0x3d21fa37, -5, 0];

function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31 + 200) & 0xff));
}

describe('writeFrame', () => {
  it('writes what a naive reader reads back, masked or not, at any offset', () => {
    for (const length of LENGTHS) {
      const payload = pattern(length);
      for (const key of KEYS) {
        for (const at of [0, 1, 2, 3]) {
          const size = headerLength(length, key !== undefined) + length;
          const target = Buffer.alloc(at + size + 2, 0xee);
          expect(writeFrame(target, at, FIN | RSV1 | 2, payload, key)).toBe(at + size);
          const [frame] = readRawFrames(target.subarray(at, at + size));
          expect(frame).toMatchObject({ fin: true, rsv: 4, opcode: 2, masked: key !== undefined });
          expect(frame!.payload.equals(payload)).toBe(true);
          expect(target.subarray(0, at).every((byte) => byte === 0xee)).toBe(true);
          expect([...target.subarray(-2)]).toEqual([0xee, 0xee]);
        }
      }
    }
  });

  it('leaves the payload of the caller as it was, masked or not', () => {
    const payload = pattern(1000);
    writeFrame(Buffer.alloc(2000), 0, FIN | 2, payload, 0x01020304);
    expect(payload.equals(pattern(1000))).toBe(true);
  });

  it('takes any view of bytes', () => {
    const memory = new ArrayBuffer(40);
    const view = new Uint8Array(memory, 5, 20).fill(9);
    const [frame] = readRawFrames(encodeFrame(2, view, 77));
    expect(frame!.payload.equals(Buffer.alloc(20, 9))).toBe(true);
  });
});

describe('writeTextFrame', () => {
  it.each([
    ['nothing', ''],
    ['ASCII', 'Hello'],
    ['long ASCII', 'abcdefghij'.repeat(7000)],
    ['Latin-1, which takes two bytes each', 'é'.repeat(63)],
    ['all lengths of characters', 'aé€\u{1f600}'.repeat(50)],
    ['a lone surrogate, which cannot be sent as such', 'a\ud800b'],
  ])('writes %s as valid UTF-8', (_name, text) => {
    const expected = Buffer.from(text);
    for (const key of KEYS) {
      const size = headerLength(expected.length, key !== undefined) + expected.length;
      const target = Buffer.alloc(size + 3, 0xee);
      const end = writeTextFrame(target, 2, FIN | 1, text, expected.length, key);
      expect(end).toBe(2 + size);
      const [frame] = readRawFrames(target.subarray(2, end));
      expect(frame).toMatchObject({ fin: true, rsv: 0, opcode: 1, masked: key !== undefined });
      expect(frame!.payload.equals(expected)).toBe(true);
      expect([target[0], target[1], target.at(-1)]).toEqual([0xee, 0xee, 0xee]);
    }
  });
});

describe('encodeFrame', () => {
  it('gives exactly one whole frame', () => {
    expect(encodeFrame(1, Buffer.from('Hello')).toString('hex')).toBe('810548656c6c6f');
    // The masked example of RFC 6455 5.7.
    expect(encodeFrame(1, Buffer.from('Hello'), 0x3d21fa37).toString('hex')).toBe(
      '818537fa213d7f9f4d5158',
    );
  });
});

describe('freshMaskingKey', () => {
  it('gives 32-bit integers that do not repeat and use every bit', () => {
    // More than the pool holds, so that it is filled several times.
    const keys = Array.from({ length: 10_000 }, freshMaskingKey);
    // Among 10,000 of 2^32, more than a few alike would mean that the pool is used twice.
    expect(new Set(keys).size).toBeGreaterThan(9_990);
    let ones = 0;
    let zeros = 0;
    for (const key of keys) {
      expect(key | 0).toBe(key);
      ones |= key;
      zeros |= ~key;
    }
    expect([ones, zeros]).toEqual([-1, -1]);
  });
});
