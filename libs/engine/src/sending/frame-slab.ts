import { pageMemory } from '../bytes/page-memory.js';

/** A larger frame is worth memory of its own, and must not keep a slab waiting for it. */
export const LARGEST_ON_SLAB = 16 * 1024;
const SMALLEST_SLAB = 1024;
const LARGEST_SLAB = 64 * 1024;
/** From so many bytes that wait on slabs are so long, and in pages of their own. */
const LONG_SLAB = 256 * 1024;
/** And from 16 times as many on four times as long. */
const LONGEST_SLAB = 1024 * 1024;

/**
 * Memory for small frames that wait, of one queue. A buffer with memory of its own costs the process more
 * than a small frame, in bytes, in time and when it is collected: a peer that asks for many answers and
 * reads none would choose how much. A slab goes with the last frame in it, and frames leave in order.
 */
export class FrameSlab {
  /** Where the next frame is to be written, from `at` on. */
  memory: Buffer = NONE;
  at = 0;

  /**
   * Makes room for a frame of at most `LARGEST_ON_SLAB` bytes. Whoever writes it moves `at` on.
   * @param waiting bytes of the frames that wait already: a slab is no longer than they are, so that a
   *   queue takes twice its bytes at most, however few they are
   * @returns whether it has other memory now
   */
  reserve(size: number, waiting: number): boolean {
    if (this.memory.length - this.at >= size) return false;
    this.memory = newSlab(size, waiting);
    this.at = 0;
    return true;
  }
}

const NONE = Buffer.alloc(0);

function newSlab(size: number, waiting: number): Buffer {
  if (waiting >= 16 * LONG_SLAB) return pageMemory(LONGEST_SLAB);
  if (waiting >= LONG_SLAB) return pageMemory(LONG_SLAB);
  const fitting = Math.min(LARGEST_SLAB, Math.max(SMALLEST_SLAB, waiting));
  return Buffer.allocUnsafeSlow(Math.max(size, fitting));
}
