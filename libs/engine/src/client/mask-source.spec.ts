import { describe, expect, it } from '@jest/globals';
import { maskSourceOf } from './mask-source.js';

describe('masking keys of the application', () => {
  it('are read with the byte that masks first as the lowest', () => {
    const source = maskSourceOf((mask) => mask.set([1, 2, 3, 4]));
    expect(source()).toBe(0x04030201);
  });

  it('are asked for each time, of four bytes', () => {
    const lengths: number[] = [];
    const source = maskSourceOf((mask) => {
      mask.fill(lengths.push(mask.length));
    });
    expect([source(), source()]).toEqual([0x01010101, 0x02020202]);
    expect(lengths).toEqual([4, 4]);
  });
});
