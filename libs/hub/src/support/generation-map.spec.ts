import { describe, expect, it } from '@jest/globals';
import { GenerationMap } from './generation-map.js';

describe('a map of two generations', () => {
  it('never has more than it may, and keeps what is used', () => {
    const map = new GenerationMap<number>(() => 100);
    map.set('used', 0);
    for (let index = 1; index <= 1_000; index++) {
      map.set(String(index), index);
      expect(map.get('used')).toBe(0);
      expect(map.size).toBeLessThanOrEqual(101);
    }
    expect(map.get('1000')).toBe(1_000);
    expect(map.get('1')).toBeUndefined();
    expect(map.evicted).toBeGreaterThan(800);
  });

  it('has each key once', () => {
    const map = new GenerationMap<number>(() => 4);
    for (const key of ['a', 'b', 'c', 'a', 'b']) map.set(key, key.length);
    expect([...map].map(([key]) => key).sort()).toEqual(['a', 'b', 'c']);
    map.delete('b');
    expect(map.get('b')).toBeUndefined();
    expect(map.size).toBe(2);
  });
});
