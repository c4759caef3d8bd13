import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import type { LogNews } from '../broker-history.js';
import { MemoryHistories } from './memory-histories.js';

const BOUNDS = { maxMessages: 100, maxBytes: 1024 * 1024, maxAge: 1_000 };

function historiesWith() {
  const clock = new FakeClock();
  const histories = new MemoryHistories('server', clock);
  const append = (room: string, size = 1, ...ids: string[]) =>
    histories.append(room, new Uint8Array(size), BOUNDS, ids);
  return { clock, histories, append };
}

describe('the histories of a server', () => {
  it('tell followers in the turn of the append', () => {
    const { histories, append } = historiesWith();
    const told: [string, number][] = [];
    const feed = (room: string, { offset }: LogNews) => void told.push([room, offset]);
    histories.followers.subscribe(feed, 'a');
    append('a');
    append('b');
    append('a');
    expect(told).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
    histories.followers.leave(feed);
    append('a');
    expect(told).toHaveLength(2);
  });

  it('know an id for 5 minutes, any of several', async () => {
    const { clock, append } = historiesWith();
    const first = append('a', 1, 'x', 'y');
    await clock.advance(299_999);
    expect(append('a', 1, 'z', 'y')).toEqual(first);
    expect(append('ax', 1, 'y').offset).toBe(1);
    await clock.advance(1);
    expect(append('a', 1, 'x').offset).toBe(2);
  });

  it('forget the room longest silent when there are too many, and no other changes', () => {
    const { histories, append } = historiesWith();
    const before = histories.end('unwritten');
    for (let room = 0; room < 10_000; room++) append(`${room}`);
    append('0');
    append('one more');
    expect(histories.end('unwritten')).toEqual(before);
    expect(histories.end('0').offset).toBe(2);
    expect(histories.end('1')).toEqual({ epoch: 'server.1', offset: 0 });
    expect(append('1').epoch).toBe('server.1');
  });

  it('forget rooms when all together have too many bytes', () => {
    const { histories, append } = historiesWith();
    for (let room = 0; room < 70; room++) append(`${room}`, 1024 * 1024);
    expect(histories.end('5').offset).toBe(0);
    expect(histories.end('6').offset).toBe(1);
  });

  it('forget a room that was silent for long, and what is too old', async () => {
    const { clock, histories, append } = historiesWith();
    const { epoch } = append('a');
    await clock.advance(1_000);
    histories.sweep();
    expect(histories.end('a')).toEqual({ epoch, offset: 1 });
    await clock.advance(9_001);
    histories.sweep();
    expect(histories.end('a').epoch).not.toBe(epoch);
    expect(append('a').offset).toBe(1);
  });

  it('never give an epoch twice, however many rooms were forgotten', () => {
    const { histories, append } = historiesWith();
    const seen = new Map<string, Set<string>>();
    for (let turn = 0; turn < 30_000; turn++) {
      const room = `${turn % 12_000}`;
      const { epoch } = append(room);
      const epochs = seen.get(room) ?? new Set();
      expect(epochs.has(epoch)).toBe(false);
      seen.set(room, epochs.add(epoch));
      histories.clear(room);
    }
  });
});
