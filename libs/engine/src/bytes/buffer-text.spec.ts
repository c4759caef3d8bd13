import { describe, expect, it } from '@jest/globals';
import {
  chooseTextMethods,
  decodeText,
  encodeLong,
  encodeWide,
  directMethods,
  documentedMethods,
  readAscii,
  writeAscii,
  type TextMethods,
} from './buffer-text.js';
import { giveSpare } from './spare-buffer.js';

const TEXTS = ['', 'a', 'Hello', 'x'.repeat(5000), 'aé€\u{1f600}', '\u0000\u007f', 'a\ud800'];

function written(write: TextMethods['writeUtf8'], text: string, length: number): Buffer {
  const target = Buffer.alloc(length + 4, 0xee);
  write(target, text, 2, length);
  return target;
}

describe('text methods', () => {
  it('write and read the same, documented or direct', () => {
    for (const text of TEXTS) {
      const length = Buffer.byteLength(text);
      const bytes = written(documentedMethods.writeUtf8, text, length);
      expect(written(directMethods.writeUtf8, text, length)).toEqual(bytes);
      for (const methods of [documentedMethods, directMethods]) {
        expect(methods.readUtf8(bytes, 2, 2 + length)).toBe(Buffer.from(text).toString());
      }
    }
    for (const text of TEXTS.filter((one) => Buffer.byteLength(one) === one.length)) {
      const bytes = written(documentedMethods.writeAscii, text, text.length);
      expect(written(directMethods.writeAscii, text, text.length)).toEqual(bytes);
      for (const methods of [documentedMethods, directMethods]) {
        expect(methods.readAscii(bytes, 2, 2 + text.length)).toBe(text);
      }
    }
  });

  it('are the direct ones where a Buffer has them', () => {
    expect(chooseTextMethods(Buffer.prototype)).toBe(directMethods);
    expect(readAscii).toBe(directMethods.readAscii);
    expect(writeAscii).toBe(directMethods.writeAscii);
  });

  it('are the documented ones as soon as one is missing', () => {
    const names = ['latin1Write', 'utf8Write', 'latin1Slice', 'utf8Slice'];
    for (const missing of names) {
      const prototype = Object.create(Buffer.prototype, { [missing]: { value: undefined } });
      expect(chooseTextMethods(prototype as object)).toBe(documentedMethods);
    }
    expect(chooseTextMethods(Uint8Array.prototype)).toBe(documentedMethods);
  });
});

describe('decodeText', () => {
  it('gives the text of a payload, with or without knowing that it is ASCII', () => {
    const memory = Buffer.from('xxHello, wörldxx');
    expect(decodeText(memory.subarray(2, 7), true)).toBe('Hello');
    expect(decodeText(memory.subarray(2, 7), false)).toBe('Hello');
    expect(decodeText(memory.subarray(2, -2), false)).toBe('Hello, wörld');
    expect(decodeText(Buffer.alloc(0), true)).toBe('');
  });

  it('keeps a byte order mark, which is a character like any other', () => {
    expect(decodeText(Buffer.from('\ufeffa'), false)).toBe('\ufeffa');
  });

  it.each([376, 384, 385, 2048, 5000, 70_000])(
    'decodes %i bytes of every kind of character as the plain decoder does',
    (length) => {
      for (const unit of ['é', '日本語', 'a😀b', 'plain é', '\ufeff\u0000߿ࠀ\uffff𐀀\u{10ffff}']) {
        const text = unit.repeat(Math.ceil(length / Buffer.byteLength(unit)));
        const memory = Buffer.concat([Buffer.from('xyz'), Buffer.from(text), Buffer.from('z')]);
        expect(decodeText(memory.subarray(3, -1), false) === text).toBe(true);
      }
    },
  );
});

describe('encodeWide', () => {
  it.each([768, 769, 5_000, 65_536])('encodes %i characters as Buffer.from does', (length) => {
    for (const unit of ['é', '日本語', '\u0080߿ࠀ\uffff']) {
      const text = unit.repeat(length).slice(0, length);
      expect(encodeWide(text)?.equals(Buffer.from(text))).toBe(true);
    }
    for (const unit of ['a😀b', 'ab é', 'almost all of it is ASCII é']) {
      const text = unit.repeat(length).slice(0, length);
      expect(encodeWide(text)?.equals(Buffer.from(text)) ?? true).toBe(true);
    }
  });

  it('leaves short, very long and ASCII texts to the ordinary way', () => {
    expect(encodeWide('é'.repeat(767))).toBeNull();
    expect(encodeWide('é'.repeat(65_537))).toBeNull();
    expect(encodeWide('e'.repeat(10_000))).toBeNull();
  });

  it('never gives other bytes than Buffer.from, whatever surrogates stand alone', () => {
    for (const lone of ['\ud800', '\udfff', '\udc00\ud800']) {
      for (const at of [0, 1, 400, 998, 999]) {
        const text = 'é'.repeat(at) + lone + 'é'.repeat(1_000 - at);
        expect(encodeWide(text)?.equals(Buffer.from(text)) ?? true).toBe(true);
      }
    }
  });
});

describe('encodeLong', () => {
  it('encodes as Buffer.from does, wherever characters of any length stand', () => {
    for (const character of ['é', '日', '😀', '\ud800']) {
      for (const count of [0, 1, 2, 3, 4, 5, 50]) {
        for (const text of [
          'a'.repeat(1_000) + character.repeat(count),
          character.repeat(count) + 'a'.repeat(1_000),
          `${'a'.repeat(500)}${character.repeat(count)}${'a'.repeat(500)}`,
        ]) {
          expect(encodeLong(text).equals(Buffer.from(text))).toBe(true);
        }
      }
    }
  });

  it('does so in memory that another text has left full', () => {
    const long = 'a'.repeat(70_000);
    for (const size of [70_004, 70_010, 200_000]) {
      for (const text of [
        long,
        `${long}é`,
        `${long}日😀`,
        `日${long}`,
        '\ud800'.repeat(20_000) + long,
      ]) {
        giveSpare(Buffer.alloc(size, 0xee));
        const encoded = encodeLong(text);
        expect(encoded.equals(Buffer.from(text))).toBe(true);
      }
    }
  });
});
