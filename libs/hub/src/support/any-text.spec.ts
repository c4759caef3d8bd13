import { describe, expect, it } from '@jest/globals';
import { readAnyText, writeAnyText } from './any-text.js';
import { ByteReader, MalformedBytes } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

function written(text: string): Buffer {
  const writer = new ByteWriter();
  writeAnyText(writer, text);
  return writer.done();
}

describe('a text of any units', () => {
  it.each([
    '',
    'lobby',
    '__proto__',
    'a b\n*>{}',
    '\0',
    '😀',
    '\ud800',
    'x\udc00\ud800y',
    '\ufffd',
  ])('comes back as it was: %j', (text) => {
    expect(readAnyText(new ByteReader(written(text)), 256)).toBe(text);
  });

  it('differs where the text differs, in half a surrogate pair as well', () => {
    const all = ['\ud800', '\ud801', '\udc00', '\ufffd'].map((text) =>
      written(text).toString('hex'),
    );
    expect(new Set(all).size).toBe(4);
  });

  it.each([
    ['of another form', Buffer.from([2, 0, 0])],
    ['cut off', written('lobby').subarray(0, 5)],
    ['of half a unit', Buffer.from([1, 0, 1, 65])],
    ['too long', written('x'.repeat(257))],
    ['too long in the other form', written('\ud800'.repeat(257))],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(() => readAnyText(new ByteReader(bytes), 256)).toThrow(MalformedBytes);
  });
});
