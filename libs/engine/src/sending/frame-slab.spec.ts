import { describe, expect, it } from '@jest/globals';
import { FrameSlab } from './frame-slab.js';

/** Memory behind `count` frames of `size` bytes that wait one after the other. */
function memoryOf(count: number, size: number): Set<ArrayBufferLike> {
  const slab = new FrameSlab();
  const memory = new Set<ArrayBufferLike>();
  for (let index = 0; index < count; index++) {
    memory.add(slab.allocate(size, index * size).buffer);
  }
  return memory;
}

const bytesOf = (memory: Set<ArrayBufferLike>) =>
  [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);

describe('FrameSlab', () => {
  it('puts small frames side by side, none over another', () => {
    const slab = new FrameSlab();
    const frames = Array.from({ length: 1_000 }, (_, index) =>
      slab.allocate(10 + (index % 7), index * 13).fill(index % 251),
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

  it('gives a large frame memory of its own', () => {
    const slab = new FrameSlab();
    const small = slab.allocate(10, 0);
    const large = slab.allocate(16 * 1_024 + 1, 10);
    expect(large.buffer.byteLength).toBe(16 * 1_024 + 1);
    expect(slab.allocate(10, 10).buffer).toBe(small.buffer);
  });
});
