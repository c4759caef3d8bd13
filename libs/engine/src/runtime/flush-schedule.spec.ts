import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { nextUncaught } from '../testing-fixtures/next-uncaught.js';
import { flushSoon, flushThisTurn, type Flushable } from './flush-schedule.js';

describe('flush schedule', () => {
  const order: string[] = [];
  const named = (name: string): Flushable => ({ flushOnSchedule: () => void order.push(name) });

  it('flushes soon when the callback is done, before promises and timers', async () => {
    order.length = 0;
    const done = new Promise<void>((resolve) => {
      // From a callback of the event loop, where the next tick comes before promises.
      setImmediate(() => {
        flushSoon(named('a'));
        flushSoon(named('b'));
        void Promise.resolve().then(() => order.push('promise'));
        setTimeout(resolve, 0);
        order.push('callback');
      });
    });
    await done;
    expect(order).toEqual(['callback', 'a', 'b', 'promise']);
  });

  it('flushes what belongs to the turn at its end, after promises', async () => {
    order.length = 0;
    flushThisTurn(named('turn'));
    flushSoon(named('soon'));
    await Promise.resolve();
    order.push('promise');
    await turn();
    expect(order.indexOf('turn')).toBe(2);
  });

  it('keeps the order of items', async () => {
    order.length = 0;
    for (let index = 0; index < 5; index++) {
      flushSoon(named(`soon ${index}`));
      flushThisTurn(named(`turn ${index}`));
    }
    await turn();
    expect(order).toEqual([
      ...Array.from({ length: 5 }, (_, index) => `soon ${index}`),
      ...Array.from({ length: 5 }, (_, index) => `turn ${index}`),
    ]);
  });

  it('leaves what is added by a flush for the next time', async () => {
    order.length = 0;
    flushThisTurn({
      flushOnSchedule: () => {
        order.push('first');
        flushThisTurn(named('second'));
      },
    });
    flushSoon({ flushOnSchedule: () => flushSoon(named('soon')) });
    await turn();
    await turn();
    expect(order).toEqual(['soon', 'first', 'second']);
  });

  it.each([
    ['soon', flushSoon],
    ['in this turn', flushThisTurn],
  ])('flushes the others when one of them throws, %s', async (_when, flush) => {
    order.length = 0;
    const thrown = nextUncaught();
    const throwing: Flushable = {
      flushOnSchedule: () => {
        throw new Error('broken');
      },
    };
    for (const item of [named('before'), throwing, named('behind'), named('last')]) flush(item);
    expect((await thrown).message).toBe('broken');
    await turn();
    await turn();
    expect(order).toEqual(['before', 'behind', 'last']);
  });

  it('gives broadcasts that arrive meanwhile one turn to join a large one, not more', async () => {
    const count = 64;
    for (const size of [count - 1, count]) {
      order.length = 0;
      for (let index = 0; index < size; index++) flushThisTurn(named('early'));
      const late = (name: string): void => {
        flushThisTurn(named(name));
        order.push(`${name} is sent`);
      };
      // An immediate runs after the flush that was scheduled before it.
      setImmediate(() => {
        late('next turn');
        setImmediate(late, 'the turn after');
      });
      await turn();
      await turn();
      await turn();
      await turn();
      const flushed = (name: string): number => order.lastIndexOf(name);
      expect(flushed('early') < flushed('next turn is sent')).toBe(size < count);
      expect(flushed('early')).toBeLessThan(flushed('the turn after is sent'));
      expect(order).toHaveLength(size + 4);
    }
  });
});
