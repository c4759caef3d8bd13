import { describe, expect, it } from '@jest/globals';
import { OwnLog } from './own-log.js';

const KIB = 1024;

describe('the log of a node', () => {
  it('keeps 16 MiB of the newest, whatever their size', () => {
    for (const size of [1, 100, 10 * KIB, 1024 * KIB]) {
      const log = new OwnLog();
      let oldest = 0;
      const count = Math.ceil((40 * KIB * KIB) / (size + 64));
      for (let seq = 1; seq <= count; seq++) oldest = log.add(seq, size);
      const kept = (count - oldest + 1) * (size + 64);
      expect(kept).toBeLessThanOrEqual(16 * KIB * KIB);
      expect(kept).toBeGreaterThan(14 * KIB * KIB);
    }
  });

  it('keeps the newest when it alone is larger', () => {
    const log = new OwnLog();
    expect(log.add(1, 10)).toBe(1);
    expect(log.add(2, 17 * KIB * KIB)).toBe(1);
    expect(log.add(3, 17 * KIB * KIB)).toBe(3);
  });

  it('counts once what is sent again', () => {
    const log = new OwnLog();
    for (let seq = 1; seq <= 10; seq++) log.add(seq, KIB * KIB);
    for (let seq = 1; seq <= 9; seq++) expect(log.add(seq, KIB * KIB)).toBe(1);
  });
});
