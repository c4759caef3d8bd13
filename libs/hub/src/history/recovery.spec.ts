import { describe, expect, it } from '@jest/globals';
import type { HistoryPage } from './history-store.js';
import { recover, type JoinOptions } from './recovery.js';

/** A room of 10 messages of which the last four are kept. */
const page: HistoryPage = {
  epoch: 'now',
  offset: 10,
  messages: [7, 8, 9, 10].map((offset) => ({ offset, event: 'e', data: offset, time: 0, size: 1 })),
};

function told(options: JoinOptions, latestOnly = false) {
  const { joined, messages } = recover('lobby', options, page, latestOnly);
  expect(joined).toMatchObject({ room: 'lobby', epoch: 'now', offset: 10, count: messages.length });
  return { recovered: joined.recovered, offsets: messages.map(({ offset }) => offset) };
}

describe('what a connection gets that enters a room', () => {
  it('is as many of the newest messages as it wants when it is new', () => {
    expect(told({})).toEqual({ recovered: undefined, offsets: [] });
    expect(told({ latest: 2 })).toEqual({ recovered: undefined, offsets: [9, 10] });
    expect(told({ latest: 20 })).toEqual({ recovered: undefined, offsets: [7, 8, 9, 10] });
  });

  it.each([
    [10, []],
    [8, [9, 10]],
    [6, [7, 8, 9, 10]],
  ])('is what came behind offset %d', (offset, offsets) => {
    expect(told({ since: { epoch: 'now', offset } })).toEqual({ recovered: true, offsets });
  });

  it('is the plain word that some of it is lost', () => {
    const lost = { recovered: false, offsets: [] };
    expect(told({ since: { epoch: 'now', offset: 5 } })).toEqual(lost);
    expect(told({ since: { epoch: 'then', offset: 9 } })).toEqual(lost);
    expect(told({ since: { epoch: 'then', offset: 9 }, latest: 1 })).toEqual({
      recovered: false,
      offsets: [10],
    });
  });

  it('is the newest message of a room where only that counts', () => {
    expect(told({}, true)).toEqual({ recovered: undefined, offsets: [10] });
    expect(told({ since: { epoch: 'now', offset: 2 } }, true)).toEqual({
      recovered: true,
      offsets: [10],
    });
    expect(told({ since: { epoch: 'now', offset: 10 } }, true)).toEqual({
      recovered: true,
      offsets: [],
    });
  });

  it('is refused for an offset nobody can have, and for another epoch if it says so', () => {
    expect(() => told({ since: { epoch: 'now', offset: 11 } })).toThrow('past the newest');
    expect(() => told({ since: { epoch: 'then', offset: 1 }, strict: true })).toThrow('anew');
  });
});
