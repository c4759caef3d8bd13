import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { nextBusyTurn, nextTurn, type TurnTaker } from './turn-schedule.js';

/** A connection with work for some turns; writes down its name at each. */
function worker(log: string[], name: string, turns: number, turnsAtOnce = 1): TurnTaker {
  let left = turns;
  const taker: TurnTaker = {
    turnsAtOnce,
    takeTurn() {
      log.push(name);
      if (--left > 0) nextBusyTurn(taker);
    },
  };
  return taker;
}

/** What `log` grew by in each of the next turns. */
async function watch(log: string[], turns: number): Promise<string[]> {
  const grown: string[] = [];
  for (let index = 0; index < turns; index++) {
    const before = log.length;
    await turn();
    grown.push(log.slice(before).join(''));
  }
  return grown;
}

describe('turn schedule', () => {
  it('goes on with light work in the next turn, all of it', async () => {
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) nextTurn(worker(log, name, 1));
    expect(log).toEqual([]);
    expect(await watch(log, 2)).toEqual(['abc', '']);
  });

  it('gives heavy work one after another a turn, round and round', async () => {
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) nextBusyTurn(worker(log, name, 2));
    expect(await watch(log, 8)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', '', '']);
  });

  it('lets as many work in one turn as they say', async () => {
    const log: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) nextBusyTurn(worker(log, name, 1, 2));
    expect(await watch(log, 4)).toEqual(['ab', 'cd', 'e', '']);
  });

  it('goes on first with what is half done', async () => {
    const log: string[] = [];
    let left = 3;
    const large: TurnTaker = {
      turnsAtOnce: 1,
      takeTurn() {
        log.push('a');
        if (--left > 0) nextBusyTurn(large, true);
      },
    };
    for (const taker of [large, worker(log, 'b', 2), worker(log, 'c', 1)]) nextBusyTurn(taker);
    expect(await watch(log, 7)).toEqual(['a', 'a', 'a', 'b', 'c', 'b', '']);
  });

  it('takes less than one at once for one', async () => {
    const log: string[] = [];
    nextBusyTurn(worker(log, 'a', 1, 0));
    expect(await watch(log, 2)).toEqual(['a', '']);
  });

  it('goes on with the others when one throws', () => {
    jest.useFakeTimers();
    const thrown = new Error('from a listener');
    const log: string[] = [];
    const throwing = worker(log, 'throws', 1, 3);
    throwing.takeTurn = () => {
      throw thrown;
    };
    for (const taker of [throwing, worker(log, 'a', 1), worker(log, 'b', 1)]) nextBusyTurn(taker);
    expect(() => jest.runOnlyPendingTimers()).toThrow(thrown);
    jest.runAllTimers();
    expect(log).toEqual(['a', 'b']);
    jest.useRealTimers();
  });
});
