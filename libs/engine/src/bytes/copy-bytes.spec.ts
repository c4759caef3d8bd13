import { describe, expect, it } from '@jest/globals';
import { copyBytes } from './copy-bytes.js';
import { inputBuffer } from './input-buffer.js';

describe('copyBytes', () => {
  it.each([
    ['a Buffer of its own', Buffer.allocUnsafeSlow(9000)],
    ['a view into a larger one', Buffer.allocUnsafeSlow(9100).subarray(100)],
    ['the input buffer', inputBuffer],
  ])('copies any range of %s', (_name, bytes) => {
    for (let at = 0; at < 9000; at++) bytes[at] = at * 7;
    const ranges = [0, 1, 100, 4096, 8999].flatMap((start) => [
      [start, start],
      [start, 9000],
    ]);
    for (const [start, end] of ranges as [number, number][]) {
      expect(copyBytes(bytes, start, end).equals(bytes.subarray(start, end))).toBe(true);
    }
  });

  it('shares no memory with what it copied', () => {
    const bytes = Buffer.from('abc');
    const copy = copyBytes(bytes, 1, 3);
    bytes.fill(0);
    expect(copy.toString()).toBe('bc');
  });
});
