import { describe, expect, it } from '@jest/globals';
import { MemoryMailboxStore } from './memory-mailbox-store.js';

const bounds = { maxMessages: 3, maxBytes: 100 };

function storeAt(time = { now: 0 }, limit?: number, maxBytes?: number) {
  const store = new MemoryMailboxStore(limit, maxBytes, () => time.now);
  const push = (userId: string, data: unknown, size = 1, expiresAt = 1_000) =>
    store.push(userId, { event: 'note', data, acknowledged: false, expiresAt, size }, bounds);
  return { store, push, time };
}

describe('mail in memory', () => {
  it('is numbered for ever upwards: no number comes twice', () => {
    const { store, push } = storeAt();
    const first = push('ada', 1).mail.number;
    store.clear('ada');
    expect(push('ada', 2).mail.number).toBeGreaterThan(first);
    expect(push('bob', 3).mail.number).toBeGreaterThan(first + 1);
  });

  it('of a process that was started again has no number that the one before has given', () => {
    const time = { now: Date.now() };
    const before = storeAt(time);
    const seen = [before.push('ada', 'a'), before.push('ada', 'b')].map(({ mail }) => mail.number);
    time.now += 1;
    const after = storeAt(time);
    const again = [after.push('ada', 'c'), after.push('ada', 'd')].map(({ mail }) => mail.number);
    expect(again.filter((number) => seen.includes(number))).toEqual([]);
    expect(again[0]).toBeGreaterThan(seen[1] ?? 0);
  });

  it('is removed by number, all or nothing', () => {
    const { store, push } = storeAt();
    const [a, b] = [push('ada', 1).mail.number, push('ada', 2).mail.number];
    expect(store.remove('ada', [a, 999])).toBe(false);
    expect(store.remove('bob', [a])).toBe(false);
    expect(store.list('ada')).toHaveLength(2);
    expect(store.remove('ada', [b, a])).toBe(true);
    expect(store.remove('ada', [a])).toBe(false);
    expect(store.size).toBe(0);
  });

  it('expires, also of users who never come', () => {
    const { store, push, time } = storeAt();
    push('ada', 1, 1, 500);
    push('ada', 2, 1, 1_500);
    push('bob', 3, 1, 500);
    time.now = 500;
    expect(store.list('ada')).toMatchObject([{ data: 2 }]);
    store.sweep();
    expect(store.size).toBe(1);
    time.now = 1_500;
    store.sweep();
    expect(store.size).toBe(0);
  });

  it('of the user longest without new mail goes beyond the number of users or the bytes', () => {
    const users = storeAt(undefined, 2);
    for (const user of ['a', 'b', 'a', 'c']) users.push(user, user);
    expect(['a', 'b', 'c'].map((user) => users.store.list(user).length)).toEqual([2, 0, 1]);
    const bytes = storeAt(undefined, 10, 100);
    bytes.push('a', 1, 60);
    expect(bytes.push('b', 1, 60).dropped).toBe(1);
    expect(bytes.store.list('a')).toEqual([]);
    bytes.store.close();
    expect(bytes.store.size).toBe(0);
  });
});
