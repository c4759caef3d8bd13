import { describe, expect, it, jest } from '@jest/globals';
import { giveBack, holdBytes } from './held-bytes.js';

const KIB = 1024;

describe('bytes that are held', () => {
  it.each([0, 1, 100, 16 * KIB, 100 * KIB, 256 * KIB, 300 * KIB])(
    'are a copy, of %i bytes',
    (length) => {
      const source = Buffer.alloc(length + 20, 'a');
      const held = holdBytes(source, 10, 10 + length);
      source.fill('b');
      expect([held.length, held.every((byte) => byte === 97)]).toEqual([length, true]);
      giveBack(held);
    },
  );

  it('lie where others lay that were given back, and only then', () => {
    const source = Buffer.alloc(256 * KIB);
    const one = holdBytes(source, 0, source.length);
    const two = holdBytes(source, 0, source.length);
    expect(two.buffer).not.toBe(one.buffer);
    giveBack(two.subarray(1_000));
    expect(holdBytes(source, 0, 200 * KIB).buffer).toBe(two.buffer);
    giveBack(one);
    giveBack(two);
  });

  it('take little more memory than they are when many hold some', () => {
    const source = Buffer.alloc(256 * KIB);
    const all = Array.from({ length: 100 }, () => holdBytes(source, 0, 50 * KIB));
    const large = all.filter(({ buffer }) => buffer.byteLength > 50 * KIB);
    expect([new Set(all.map(({ buffer }) => buffer)).size, large.length]).toEqual([100, 24]);
    for (const held of all) giveBack(held);
    expect(holdBytes(source, 0, 50 * KIB).buffer.byteLength).toBe(256 * KIB);
  });

  it('leave memory alone that is no such', () => {
    const other = Buffer.allocUnsafeSlow(256 * KIB);
    giveBack(other);
    expect(holdBytes(other, 0, 256 * KIB).buffer).not.toBe(other.buffer);
  });

  it('let go of their memory when nobody has needed it twice in a row', async () => {
    // None of what other tests hold.
    jest.resetModules();
    const { giveBack: back, holdBytes: hold, releaseSpares } = await import('./held-bytes.js');
    expect(releaseSpares()).toBe(true);
    const source = Buffer.alloc(256 * KIB);
    const first = hold(source, 0, source.length);
    expect([releaseSpares(), releaseSpares()]).toEqual([false, false]);
    back(first);
    expect(releaseSpares()).toBe(true);
    const all = Array.from({ length: 24 }, () => hold(source, 0, source.length));
    expect(all.some(({ buffer }) => buffer === first.buffer)).toBe(false);
    expect(all.every(({ buffer }) => buffer.byteLength === 256 * KIB)).toBe(true);
  });
});
