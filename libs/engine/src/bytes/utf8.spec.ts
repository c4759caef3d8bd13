import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { cutsOf, firstImpossibleByte, naiveIsUtf8 } from '../testing-fixtures/naive-utf8.js';
import { Utf8Validator, isValidUtf8 } from './utf8.js';

/** Pushes the pieces. @returns how many were taken, and whether the text may end after them. */
function validate(pieces: readonly Uint8Array[]): { taken: number; whole: boolean } {
  const validator = new Utf8Validator();
  for (const [index, piece] of pieces.entries()) {
    if (!validator.push(piece)) return { taken: index, whole: false };
  }
  return { taken: pieces.length, whole: validator.end() };
}

/** What any right validator says of these pieces. */
function expectation(pieces: readonly Uint8Array[]): { taken: number; whole: boolean } {
  const bytes = Buffer.concat(pieces);
  const impossible = firstImpossibleByte(bytes);
  if (impossible < 0) return { taken: pieces.length, whole: naiveIsUtf8(bytes) };
  let end = 0;
  const taken = pieces.findIndex((piece) => (end += piece.length) > impossible);
  return { taken, whole: false };
}

const SAMPLES: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['ASCII', Buffer.from('Hello')],
  ['two bytes', Buffer.from('\u0080\u07ff')],
  ['three bytes', Buffer.from('\u0800\uffff')],
  ['around the surrogates', Buffer.from('\ud7ff\ue000')],
  ['four bytes', Buffer.from('\u{10000}\u{10ffff}')],
  ['mixed', Buffer.from('aé€\u{1f600}b')],
  ['nothing', Buffer.alloc(0)],
  ['a surrogate', Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x61])],
  ['overlong in two', Buffer.from([0x61, 0xc0, 0x80, 0x61])],
  ['overlong in three', Buffer.from([0xe0, 0x9f, 0xbf, 0x61])],
  ['overlong in four', Buffer.from([0xf0, 0x8f, 0xbf, 0xbf, 0x61])],
  ['beyond U+10FFFF', Buffer.from([0xce, 0xba, 0xf4, 0x90, 0x80, 0x80, 0x65])],
  ['a lead that never is one', Buffer.from([0x61, 0xf5, 0x80, 0x80])],
  ['a stray continuation', Buffer.from([0x61, 0xe2, 0x82, 0xac, 0x80, 0x61])],
  ['a character cut by another', Buffer.from([0xe2, 0x82, 0xe2, 0x82, 0xac])],
  ['a cut character at the end', Buffer.from([0x61, 0xf0, 0x9f, 0x98])],
  ['0xff', Buffer.from([0x61, 0xff])],
];

describe('isValidUtf8', () => {
  it('agrees with the table of RFC 3629 for every sequence of one and two bytes', () => {
    for (let first = 0; first < 256; first++) {
      expect(isValidUtf8(Uint8Array.of(first))).toBe(first < 128);
      for (let second = 0; second < 256; second++) {
        const bytes = Uint8Array.of(first, second);
        if (isValidUtf8(bytes) !== naiveIsUtf8(bytes)) throw new Error(`${first} ${second}`);
      }
    }
  });

  it('agrees with it for every lead and second byte, continued', () => {
    for (let lead = 0xc0; lead < 256; lead++) {
      for (let second = 0; second < 256; second++) {
        for (const rest of [
          [0x80],
          [0xbf],
          [0x7f],
          [0xc0],
          [0x80, 0x80],
          [0xbf, 0xbf],
          [0xbf, 0],
        ]) {
          const bytes = Uint8Array.of(lead, second, ...rest);
          if (isValidUtf8(bytes) !== naiveIsUtf8(bytes)) throw new Error(bytes.join(' '));
        }
      }
    }
  });
});

describe('Utf8Validator', () => {
  it.each(SAMPLES)('says the same of %s in all pieces it can be cut into', (_name, bytes) => {
    for (const pieces of cutsOf(bytes)) {
      expect({ pieces, ...validate(pieces) }).toEqual({ pieces, ...expectation(pieces) });
    }
  });

  it('says no as soon as a pair of lead and second byte is impossible', () => {
    for (let lead = 0; lead < 256; lead++) {
      for (let second = 0; second < 256; second++) {
        const pieces = [Uint8Array.of(lead), Uint8Array.of(second)];
        const found = validate(pieces);
        const right = expectation(pieces);
        if (found.taken !== right.taken || found.whole !== right.whole) {
          throw new Error(`${lead} ${second}`);
        }
      }
    }
  });

  it('agrees with the table about text with random changes, in random pieces', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => Buffer.from(value));
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    const lengths = fc.array(fc.nat(9), { maxLength: 20 });
    fc.assert(
      fc.property(text, fc.array(change, { maxLength: 2 }), lengths, (bytes, changes, sizes) => {
        for (const [at, value] of changes) {
          if (bytes.length > 0) bytes[at % bytes.length] = value;
        }
        const pieces: Buffer[] = [];
        let start = 0;
        for (const size of sizes) pieces.push(bytes.subarray(start, (start += size)));
        pieces.push(bytes.subarray(start));
        expect(validate(pieces)).toEqual(expectation(pieces));
        expect(isValidUtf8(bytes)).toBe(naiveIsUtf8(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('takes a promise of ASCII only between characters', () => {
    const validator = new Utf8Validator();
    expect(validator.push(Buffer.from('abc'), true)).toBe(true);
    expect(validator.push(Buffer.from([0xc3]))).toBe(true);
    expect(validator.push(Buffer.from('abc'), true)).toBe(false);
  });

  it('lets a text end only behind a whole character, and may be used again', () => {
    const validator = new Utf8Validator();
    validator.push(Buffer.from([0xe2, 0x82]));
    expect(validator.end()).toBe(false);
    expect(validator.push(Buffer.from('€'))).toBe(true);
    expect(validator.end()).toBe(true);
  });

  it('keeps the cut character, not the memory it came in', () => {
    const validator = new Utf8Validator();
    const piece = Buffer.from([0x61, 0xe2, 0x82]);
    validator.push(piece);
    piece.fill(0xff);
    expect(validator.push(Buffer.from([0xac]))).toBe(true);
    expect(validator.end()).toBe(true);
  });
});
