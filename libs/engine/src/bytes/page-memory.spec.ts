import { describe, expect, it } from '@jest/globals';
import { pageMemory } from './page-memory.js';

const PAGE = 64 * 1_024;

function NoMemory(): never {
  throw new RangeError('could not allocate memory');
}

describe('memory in pages', () => {
  it.each([
    [1, PAGE],
    [PAGE, PAGE],
    [PAGE + 1, 2 * PAGE],
    [16 * PAGE, 16 * PAGE],
  ])('for %i bytes is %i zeros of its own', (size, length) => {
    const memory = pageMemory(size);
    expect([memory.length, memory.buffer.byteLength, memory.byteOffset]).toEqual([
      length,
      length,
      0,
    ]);
    expect(memory.every((byte) => byte === 0)).toBe(true);
    memory.fill(1);
    expect(pageMemory(size).every((byte) => byte === 0)).toBe(true);
  });

  it('is other memory where the system has no pages left', () => {
    const names = globalThis as unknown as { WebAssembly: object };
    const original = names.WebAssembly;
    try {
      names.WebAssembly = { Memory: NoMemory };
      expect(pageMemory(PAGE).fill(1).length).toBe(PAGE);
    } finally {
      names.WebAssembly = original;
    }
  });
});
