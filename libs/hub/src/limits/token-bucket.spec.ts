import { describe, expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.js';

const tenPerSecond = { capacity: 10, perMillisecond: 10 / 1_000 };

describe('a token bucket', () => {
  it('lets a burst of its capacity pass and then as much as flows in', () => {
    const bucket = new TokenBucket(tenPerSecond, 0);
    const passed = (time: number): number => {
      let count = 0;
      while (bucket.take(1, time)) count++;
      return count;
    };
    expect(passed(0)).toBe(10);
    expect(passed(99)).toBe(0);
    expect(passed(100)).toBe(1);
    expect(passed(550)).toBe(4);
    expect(passed(100_000)).toBe(10);
  });

  it('knows how long to wait', () => {
    const bucket = new TokenBucket(tenPerSecond, 0);
    expect(bucket.wait(10, 0)).toBe(0);
    bucket.take(10, 0);
    expect(bucket.wait(1, 0)).toBe(100);
    expect(bucket.wait(5, 250)).toBe(250);
    expect(bucket.take(5, 500)).toBe(true);
  });

  it('lets more than it holds pass when it is full, and collects the debt', () => {
    const bucket = new TokenBucket(tenPerSecond, 0);
    expect(bucket.take(25, 0)).toBe(true);
    expect(bucket.take(1, 1_500)).toBe(false);
    expect(bucket.take(1, 1_600)).toBe(true);
    expect(bucket.take(25, 1_700)).toBe(false);
    expect(bucket.isFull(2_000)).toBe(false);
    expect(bucket.isFull(2_700)).toBe(true);
  });
});
