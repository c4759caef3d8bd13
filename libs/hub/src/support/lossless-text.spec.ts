import { describe, expect, it } from '@jest/globals';
import { assert, integer, property, string } from 'fast-check';
import { fromWellFormed, toWellFormed } from './lossless-text.js';

const LONE = String.fromCharCode(0xd800);

describe('a text that UTF-8 carries', () => {
  it('is the text itself where that can be', () => {
    for (const text of ['', 'lobby', 'a b\n*>{}', '😀', '\u0000'])
      expect(toWellFormed(text)).toBe(text);
  });

  it('stands for every text, and comes back as it was', () => {
    const texts = string({
      unit: integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    });
    assert(
      property(texts, (text) => {
        const carried = Buffer.from(toWellFormed(text)).toString();
        expect(fromWellFormed(carried)).toBe(text);
      }),
    );
  });

  it('is another for every other text', () => {
    const texts = [LONE, '\ufffd', `${LONE}a`, toWellFormed(LONE), '\u0000u'];
    const carried = texts.map((text) => Buffer.from(toWellFormed(text)).toString());
    expect(new Set(carried).size).toBe(texts.length);
    expect(carried.map(fromWellFormed)).toEqual(texts);
  });
});
