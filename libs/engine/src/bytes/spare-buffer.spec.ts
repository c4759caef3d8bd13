import { beforeEach, describe, expect, it } from '@jest/globals';
import { giveSpare, takeSpare } from './spare-buffer.js';

const KIB = 1024;
const MIB = KIB * KIB;

/** What is taken is a view of its own of the same memory. */
const memoryOf = (bytes: Buffer | null): ArrayBufferLike | undefined => bytes?.buffer;

function given(size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  giveSpare(bytes);
  return bytes;
}

describe('spare buffers', () => {
  beforeEach(() => {
    while (takeSpare(0, Infinity) !== null);
  });

  it('are lent once', () => {
    const bytes = given(MIB);
    expect(memoryOf(takeSpare(MIB, MIB))).toBe(bytes.buffer);
    expect(takeSpare(MIB, MIB)).toBeNull();
  });

  it('are lent whole, also when a part is given', () => {
    const bytes = Buffer.allocUnsafeSlow(MIB);
    giveSpare(bytes.subarray(10, 20));
    expect(takeSpare(MIB, MIB)).toHaveLength(MIB);
  });

  it('go to nobody who needs more, or next to nothing of them', () => {
    given(MIB);
    expect(takeSpare(MIB + 1, MIB + 1)).toBeNull();
    expect(takeSpare(KIB, MIB / 4 - 1)).toBeNull();
    expect(takeSpare(KIB, MIB / 4)).toHaveLength(MIB);
  });

  it('are neither small nor larger than 4 MiB', () => {
    for (const size of [0, 64 * KIB - 1, 4 * MIB + 1]) given(size);
    expect(takeSpare(0, Infinity)).toBeNull();
    for (const size of [64 * KIB, 4 * MIB]) given(size);
    expect(takeSpare(0, Infinity)).toHaveLength(64 * KIB);
    expect(takeSpare(0, Infinity)).toHaveLength(4 * MIB);
  });

  it('are two at most, of which the smaller one goes for a larger', () => {
    for (const size of [100, 200, 300, 150]) given(size * KIB);
    const taken = [takeSpare(0, Infinity), takeSpare(0, Infinity), takeSpare(0, Infinity)];
    expect(new Set(taken.map((bytes) => (bytes?.length ?? 0) / KIB))).toEqual(
      new Set([0, 200, 300]),
    );
  });
});
