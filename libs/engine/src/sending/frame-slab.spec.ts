import { describe, expect, it } from '@jest/globals';
import { FrameSlab, LARGEST_ON_SLAB } from './frame-slab.js';

/** Memory for one frame. */
function allocate(slab: FrameSlab, size: number, waiting: number): Buffer {
  slab.reserve(size, waiting);
  const start = slab.at;
  slab.at += size;
  return slab.memory.subarray(start, slab.at);
}

/** Memory behind `count` frames of `size` bytes that wait one after the other. */
function memoryOf(count: number, size: number): Set<ArrayBufferLike> {
  const slab = new FrameSlab();
  const memory = new Set<ArrayBufferLike>();
  for (let index = 0; index < count; index++) {
    memory.add(allocate(slab, size, index * size).buffer);
  }
  return memory;
}

const bytesOf = (memory: Set<ArrayBufferLike>) =>
  [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);

describe('FrameSlab', () => {
  it('puts small frames side by side, none over another', () => {
    const slab = new FrameSlab();
    const frames = Array.from({ length: 1_000 }, (_, index) =>
      allocate(slab, 10 + (index % 7), index * 13).fill(index % 251),
    );
    for (const [index, frame] of frames.entries()) {
      expect(frame.length).toBe(10 + (index % 7));
      expect(frame.every((byte) => byte === index % 251)).toBe(true);
    }
  });

  it('takes few pieces of memory for many frames', () => {
    // One each would be 16,384.
    expect(memoryOf(16_384, 1_024).size).toBeLessThan(50);
    expect(memoryOf(16_384, 14).size).toBeLessThan(20);
  });

  it.each([1, 2, 10, 100, 5_000])('takes twice the bytes of %i frames at most', (count) => {
    for (const size of [6, 100, 1_028, 16_000]) {
      expect(bytesOf(memoryOf(count, size))).toBeLessThanOrEqual(2 * count * size + 1_024);
    }
  });

  it('tells when it has other memory', () => {
    const slab = new FrameSlab();
    expect(slab.reserve(10, 0)).toBe(true);
    const { memory } = slab;
    slab.at += 10;
    expect([slab.reserve(memory.length - 10, 10), slab.memory]).toEqual([false, memory]);
    expect(slab.reserve(LARGEST_ON_SLAB, 10)).toBe(true);
    expect([slab.memory.length >= LARGEST_ON_SLAB, slab.at]).toEqual([true, 0]);
  });
});
