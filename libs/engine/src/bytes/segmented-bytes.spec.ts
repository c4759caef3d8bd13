import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SEGMENT, SegmentedBytes } from './segmented-bytes.js';

const MIB = 1024 * 1024;

/** All bytes of `bytes`, which has none afterwards. */
function moved(bytes: SegmentedBytes): Buffer {
  const target = Buffer.alloc(bytes.length);
  bytes.moveTo(target);
  return target;
}

describe('bytes in segments', () => {
  it('are what was added, in order, in pieces of any lengths', () => {
    const length = fc.oneof(fc.nat(300), fc.constantFrom(0, SEGMENT - 1, SEGMENT, 3 * SEGMENT + 1));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 8 }), (lengths) => {
        const pieces = lengths.map((size, index) => Buffer.alloc(size, index + 1));
        const bytes = new SegmentedBytes();
        for (const piece of pieces) bytes.append(piece);
        expect(bytes.length).toBe(lengths.reduce((sum, size) => sum + size, 0));
        expect(moved(bytes).equals(Buffer.concat(pieces))).toBe(true);
        expect(bytes.length).toBe(0);
      }),
    );
  });

  it('are copied, and lie in memory that others had before', () => {
    const piece = Buffer.alloc(MIB, 'a');
    new SegmentedBytes().append(piece);
    const first = new SegmentedBytes();
    first.append(piece);
    piece.fill('b');
    expect(moved(first).every((byte) => byte === 97)).toBe(true);
    // 4 MiB are kept, so that none of these has to be made.
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 100; round++) {
      const bytes = new SegmentedBytes();
      bytes.append(piece);
      bytes.release();
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * MIB);
  });

  it('are less than a segment more than they are, and no more than 4 MiB when nobody has any', () => {
    const all = Array.from({ length: 100 }, () => new SegmentedBytes());
    const before = process.memoryUsage().arrayBuffers;
    for (const bytes of all) bytes.append(Buffer.alloc(0));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
    for (const bytes of all) bytes.append(Buffer.from('x'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * SEGMENT + MIB);
    for (const bytes of all) bytes.release();
    for (const bytes of all) expect(bytes.length).toBe(0);
  });
});
