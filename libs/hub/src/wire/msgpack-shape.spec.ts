import { describe, expect, it } from '@jest/globals';
import { encode, ExtData, ExtensionCodec } from '@msgpack/msgpack';
import { inspectMsgpack } from './msgpack-shape.js';

const announcesTooMuch = (bytes: Uint8Array): boolean => inspectMsgpack(bytes, 100_000) === 'long';

const long = (length: number): number[] => Array.from({ length }, (_one, index) => index);

describe('lengths of a MessagePack message', () => {
  it.each<[string, unknown]>([
    ['long arrays', [long(16), [long(70_000)], {}]],
    [
      'every kind of number',
      [...long(20), -1, -33, -129, -40_000, -3e9, 1.5, 200, 70_000, 3e9, 2 ** 40],
    ],
    ['strings', [...long(20), 'a', 'é'.repeat(20), 'b'.repeat(300), 'c'.repeat(70_000)]],
    [
      'bytes',
      [...long(20), ...[1, 300, 70_000].map((length) => new Uint8Array(length).fill(0xdd))],
    ],
    ['maps', [...long(20), { a: 1 }, Object.fromEntries(long(20).map((key) => [key, [key]]))]],
    ['large maps', [...long(20), Object.fromEntries(long(70_000).map((key) => [key, null]))]],
    [
      'dates, true, false and nothing',
      [...long(20), new Date(), new Date(2 ** 43), true, false, null],
    ],
  ])('are believed for %s', (_what, value) => {
    expect(announcesTooMuch(encode(value))).toBe(false);
  });

  it.each([1, 2, 4, 8, 16, 3, 300, 70_000])('are believed for extensions of %d bytes', (length) => {
    const extensionCodec = new ExtensionCodec();
    const value = [...long(20), new ExtData(5, new Uint8Array(length).fill(0xdd)), 1];
    expect(announcesTooMuch(encode(value, { extensionCodec }))).toBe(false);
  });

  it.each<[string, number[]]>([
    ['an array of 4 billion', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['an array of 65,535', [0xdc, 0xff, 0xff, 0]],
    ['one in another', [0xdc, 0, 3, 0xdc, 0, 2, 1, 2, 1]],
    ['one behind a map', [0x92, 0x81, 0xa1, 0x61, 1, 0xdc, 0, 2, 1]],
    ['one behind bytes', [0x92, 0xc4, 2, 0xdd, 0xdd, 0xdd, 0, 0, 0, 2, 1]],
  ])('are not believed for %s that is not there', (_what, bytes) => {
    expect(announcesTooMuch(new Uint8Array(bytes))).toBe(true);
  });

  it('are not believed for many short arrays that are not there', () => {
    expect(inspectMsgpack(new Uint8Array(64 * 1024).fill(0x9f), 10_000)).toBe('long');
  });

  it('are left to the decoder in a small message without a long array', () => {
    expect(announcesTooMuch(new Uint8Array([0x9f]))).toBe(false);
  });
});

describe('depth of a MessagePack message', () => {
  const nested = (levels: number, inner: unknown = 1): unknown =>
    levels === 0
      ? inner
      : nested(levels - 1, levels % 2 === 0 ? [0, inner, 2] : { a: inner, b: 1 });

  it.each([1, 7, 1000])(
    'is taken up to the limit and refused beyond it, at %d levels',
    (levels) => {
      const bytes = encode(nested(levels), { maxDepth: 2000 });
      expect(inspectMsgpack(bytes, levels)).toBe('sound');
      expect(inspectMsgpack(bytes, levels - 1)).toBe('deep');
    },
  );

  it('counts an empty array and an empty map as a level', () => {
    for (const inner of [[], {}]) {
      expect(inspectMsgpack(encode(nested(20, inner)), 20)).toBe('deep');
      expect(inspectMsgpack(encode(nested(20, inner)), 21)).toBe('sound');
    }
  });

  it('counts what stands in each other, not what stands side by side', () => {
    const wide = Array.from({ length: 5_000 }, () => [[{}], 'x'.repeat(40), { a: [1] }]);
    expect(inspectMsgpack(encode(wide), 4)).toBe('sound');
  });

  it('is not seen in strings and bytes that look like arrays', () => {
    const bytes = new Uint8Array(70_000).fill(0x91);
    expect(inspectMsgpack(encode([bytes, bytes.subarray(0, 30), 'x']), 100)).toBe('sound');
  });

  it('looks through one message after another from the beginning', () => {
    expect(inspectMsgpack(new Uint8Array(500).fill(0x91), 100)).toBe('deep');
    expect(inspectMsgpack(encode(nested(90)), 100)).toBe('sound');
  });
});
