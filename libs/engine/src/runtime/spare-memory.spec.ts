import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { giveBack, holdBytes, releaseSpares } from '../bytes/held-bytes.js';
import { spareMemory } from './spare-memory.js';

const SOURCE = Buffer.alloc(256 * 1024);
const hold = () => holdBytes(SOURCE, 0, SOURCE.length);

describe('memory of bytes that a turn leaves over', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is used again while somebody needs it, and given back a second later', () => {
    jest.useFakeTimers();
    const first = hold();
    spareMemory.needed();
    giveBack(first);
    jest.advanceTimersByTime(600);
    const again = hold();
    expect(again.buffer).toBe(first.buffer);
    giveBack(again);
    jest.advanceTimersByTime(2_000);
    expect([spareMemory.running, releaseSpares()]).toEqual([false, true]);
    const later = hold();
    expect(later.buffer).not.toBe(first.buffer);
    giveBack(later);
  });

  it('stays as long as bytes lie in it', () => {
    jest.useFakeTimers();
    const held = hold();
    spareMemory.needed();
    jest.advanceTimersByTime(5_000);
    expect(spareMemory.running).toBe(true);
    giveBack(held);
    jest.advanceTimersByTime(2_000);
    expect(spareMemory.running).toBe(false);
  });
});
