import { describe, expect, it } from '@jest/globals';
import type { HistoryBounds } from '../broker/broker-history.js';
import { MemoryHistoryStore } from './memory-history-store.js';

const bounds: HistoryBounds = { maxMessages: 3, maxBytes: 100, maxAge: 1_000 };

function storeAt(time = { now: 0 }, limit?: number, maxBytes?: number) {
  const store = new MemoryHistoryStore(limit, maxBytes, () => time.now);
  const append = (room: string, data: unknown, size = 1, own = bounds) =>
    store.append(room, { event: 'said', data, size }, own);
  const kept = (room: string, after = 0) =>
    store.read(room, after).messages.map(({ data }) => data);
  return { store, append, kept, time };
}

describe('a history in memory', () => {
  it('counts offsets from 1 without gaps, in each room for itself', () => {
    const { append } = storeAt();
    expect(append('a', 'x').message.offset).toBe(1);
    expect(append('a', 'y').message.offset).toBe(2);
    expect(append('b', 'z').message.offset).toBe(1);
  });

  it('keeps so many messages, so many bytes, for so long', () => {
    const { append, kept, store, time } = storeAt();
    for (const data of [1, 2, 3, 4]) append('count', data);
    expect(kept('count')).toEqual([2, 3, 4]);
    append('bytes', 1, 60);
    append('bytes', 2, 41);
    expect(kept('bytes')).toEqual([2]);
    time.now = 999;
    expect(kept('count')).toHaveLength(3);
    time.now = 1_000;
    expect(kept('count')).toEqual([]);
    expect(store.read('count', 0).offset).toBe(4);
    expect(store.bytes).toBe(41);
  });

  it('keeps the newest message even if it alone is too large', () => {
    const { append, kept } = storeAt();
    append('a', 'small');
    append('a', 'large', 500);
    expect(kept('a')).toEqual(['large']);
  });

  it('reads what is behind an offset, whatever was trimmed', () => {
    const { append, kept } = storeAt();
    for (const data of [1, 2, 3, 4, 5]) append('a', data);
    expect(kept('a', 0)).toEqual([3, 4, 5]);
    expect(kept('a', 3)).toEqual([4, 5]);
    expect(kept('a', 5)).toEqual([]);
    expect(kept('a', Infinity)).toEqual([]);
  });

  it('gives a room its epoch before the first message, without keeping anything of it', () => {
    const { store, append } = storeAt();
    const { epoch, offset } = store.read('a', 0);
    expect(offset).toBe(0);
    expect(store.size).toBe(0);
    expect(append('a', 1).epoch).toBe(epoch);
  });

  it('gives a room another epoch after its history was forgotten, and leaves the others theirs', () => {
    const { store, append } = storeAt();
    const before = append('a', 1).epoch;
    append('b', 1);
    store.clear('a');
    expect(append('a', 1)).toMatchObject({ message: { offset: 1 } });
    expect(store.read('a', 0).epoch).not.toBe(before);
    expect(store.read('b', 0).epoch).toBe(before);
  });

  it('forgets the longest silent room beyond its number of rooms', () => {
    const { store, append, kept } = storeAt(undefined, 2);
    const before = append('a', 1).epoch;
    append('b', 1);
    append('a', 2);
    append('c', 1);
    expect(kept('b')).toEqual([]);
    expect(store.read('b', 0).epoch).not.toBe(before);
    expect(kept('a')).toEqual([1, 2]);
    expect(store.size).toBe(2);
  });

  it('forgets the longest silent rooms beyond its bytes, but never the one written to', () => {
    const { store, append, kept } = storeAt(undefined, 10, 100);
    for (const room of ['a', 'b', 'c']) append(room, room, 40);
    expect(kept('a')).toEqual([]);
    append('d', 'large', 500);
    expect(kept('d')).toEqual(['large']);
    expect(store.size).toBe(1);
    expect(store.bytes).toBe(500);
    store.clear('d');
    expect(store.bytes).toBe(0);
  });

  it('drops what is old in rooms nobody reads, and their offsets long after', () => {
    const { store, append, time } = storeAt();
    append('a', 1);
    time.now = 1_000;
    store.sweep();
    expect(store.bytes).toBe(0);
    expect(store.size).toBe(1);
    time.now = 10_001;
    store.sweep();
    expect(store.size).toBe(0);
  });

  it('keeps rooms named like members of Object.prototype apart', () => {
    const { append, kept } = storeAt();
    append('__proto__', 1);
    expect(kept('constructor')).toEqual([]);
    expect(kept('__proto__')).toEqual([1]);
  });
});
