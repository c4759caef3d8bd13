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

  it('lets pass who waited exactly as long as it was told, on a clock of fractions', () => {
    for (let step = 0; step < 1_000; step++) {
      const time = step * 1_000.47;
      const once = new TokenBucket({ capacity: 1, perMillisecond: 1 / 10_000 }, time);
      expect(once.take(1, time)).toBe(true);
      const wait = once.wait(1, time);
      expect([wait, once.take(1, time + wait)]).toEqual([10_000, true]);
    }
  });

  it('gives nothing for a clock that jumps there and back', () => {
    const bucket = new TokenBucket({ capacity: 2, perMillisecond: 0.001 }, 10_000);
    expect(bucket.take(2, 10_000)).toBe(true);
    expect(bucket.take(1, 5_000)).toBe(false);
    expect(bucket.take(1, 10_000)).toBe(false);
    expect(bucket.take(1, 11_000)).toBe(true);
    expect(bucket.take(1, 11_000)).toBe(false);
    expect(bucket.take(2, 1e12)).toBe(true);
    expect(bucket.take(1, 1e12)).toBe(false);
  });
});
