import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property } from 'fast-check';
import { lineDifference } from './line-difference.js';

describe('difference of two texts', () => {
  it('is what goes and what comes, with the lines around it', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\ni';
    const after = 'a\nb\nc\nD\ne\nf\ng\nh\ni\nj';
    expect(lineDifference(before, after)).toBe(
      ['  b', '  c', '- d', '+ D', '  e', '  f', '  ...', '  h', '  i', '+ j'].join('\n'),
    );
  });

  it('is nothing for the same text', () => {
    expect(lineDifference('a\nb', 'a\nb')).toBe('');
  });

  it('makes the one text of the other, whatever they are', () => {
    const lines = array(constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 });
    assert(
      property(lines, lines, (before, after) => {
        const marks = lineDifference(before.join('\n'), after.join('\n')).split('\n');
        const count = (mark: string): number => marks.filter((one) => one.startsWith(mark)).length;
        expect(count('+') - count('-')).toBe(after.length - before.length);
        expect(count('+') + count('-') === 0).toBe(before.join() === after.join());
      }),
    );
  });
});
