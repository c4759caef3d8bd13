import { describe, expect, it } from '@jest/globals';
import { inputBuffer, simd } from './input-buffer.js';

describe('inputBuffer', () => {
  it('is 256 KiB that SIMD reaches', () => {
    expect(inputBuffer).toHaveLength(256 * 1024);
    expect(inputBuffer).toBe(simd!.memory);
  });
});
