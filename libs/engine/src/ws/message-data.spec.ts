import { describe, expect, it } from '@jest/globals';
import { byteLength, toBytes } from './message-data.js';

const hex = (data: unknown): string => toBytes(data).toString('hex');

describe('what can be sent', () => {
  it.each([
    ['text', 'héy', '68c3a979'],
    ['a number, as text', 15, '3135'],
    ['zero', 0, '30'],
    ['bytes', new Uint8Array([1, 2]), '0102'],
    ['part of a buffer', new Uint8Array([1, 2, 3, 4]).subarray(1, 3), '0203'],
    ['numbers of several bytes', new Float32Array([1]), '0000803f'],
    ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer, 1), '0203'],
    ['an ArrayBuffer', new Uint8Array([7]).buffer, '07'],
    ['a SharedArrayBuffer', new SharedArrayBuffer(2), '0000'],
    ['an array of bytes', [1, 2, 300], '01022c'],
    ['fragments', [Buffer.from('a'), Buffer.from('b')], '6162'],
    ['an empty array', [], ''],
    // As many zeros as it says: never what happens to stand in memory.
    ['an object with a length', { length: 3 }, '000000'],
    ['an object with a length that is none', { length: 'x' }, ''],
    ['an object with a value', { valueOf: () => 'ab' }, '6162'],
    ['an object that becomes text', { [Symbol.toPrimitive]: () => 'cd' }, '6364'],
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['false', false, ''],
  ])('is %s', (_what, data, expected) => {
    expect(hex(data)).toBe(expected);
    expect(byteLength(data)).toBe(expected.length / 2);
  });

  it('is a Blob, whose size alone is known at once', () => {
    expect(byteLength(new Blob(['four']))).toBe(4);
  });

  it.each([true, Symbol('x'), () => {}, 10n, {}, Promise.resolve()])('is not %p', (data) => {
    expect(() => toBytes(data)).toThrow('The first argument must be of type string');
    expect(() => byteLength(data)).toThrow('The first argument must be of type string');
  });

  it('is not copied when it has bytes', () => {
    const bytes = new Uint8Array(4);
    expect(toBytes(bytes).buffer).toBe(bytes.buffer);
    const buffer = Buffer.alloc(4);
    expect(toBytes(buffer)).toBe(buffer);
  });
});
