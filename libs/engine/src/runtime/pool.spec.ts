import { describe, expect, it } from '@jest/globals';
import { Pool } from './pool.js';

describe('Pool', () => {
  it('has nothing until something was given to it', () => {
    expect(new Pool<object>(2).take()).toBeUndefined();
  });

  it('gives each thing to one at a time', () => {
    const pool = new Pool<object>(2);
    const one = {};
    const other = {};
    pool.give(one);
    pool.give(other);
    expect(new Set([pool.take(), pool.take()])).toEqual(new Set([one, other]));
    expect(pool.take()).toBeUndefined();
  });

  it('keeps no more than it was told', () => {
    const pool = new Pool<number>(2);
    for (const item of [1, 2, 3]) pool.give(item);
    expect([pool.take(), pool.take(), pool.take()]).toEqual([2, 1, undefined]);
  });
});
