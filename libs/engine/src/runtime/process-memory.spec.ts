import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from '@jest/globals';
import { heapLimit, memoryLimit } from './process-memory.js';

const MIB = 1024 * 1024;

describe('heapLimit', () => {
  it.each([
    ['--max-old-space-size=64', 64],
    ['--expose-gc --max_old_space_size=32 --max-old-space-size 48', 48],
  ])('is what was asked for by %s', (flags, mebibytes) => {
    expect(heapLimit(flags)).toBe(mebibytes * MIB);
  });

  it.each(['', '--max-old-space-size=99999999', '--max-old-space-size=0'])(
    "is V8's own limit with %j",
    (flags) => {
      expect(heapLimit(flags)).toBe(getHeapStatistics().heap_size_limit);
    },
  );
});

describe('memoryLimit', () => {
  it.each([
    [100, 40, 40],
    [100, 0, 100],
    [100, Number.MAX_SAFE_INTEGER, 100],
  ])('of a machine with %i bytes and a group with %i is %i', (total, group, expected) => {
    expect(memoryLimit(total, group)).toBe(expected);
  });

  it('is known for this process', () => {
    expect(memoryLimit()).toBeGreaterThan(0);
    expect(memoryLimit()).toBeLessThanOrEqual(totalmem());
  });
});
