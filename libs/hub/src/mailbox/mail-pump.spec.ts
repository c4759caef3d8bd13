import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../connection/connection.js';
import { deferred } from '../testing-fixtures/deferred.js';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { MailPump } from './mail-pump.js';
import type { Mail } from './mailbox-store.js';

const mailOf = (number: number, acknowledged = false): Mail => ({
  number,
  event: 'news',
  data: null,
  acknowledged,
  expiresAt: Infinity,
  size: 4,
});

const kept = (number: number, acknowledged = false): { mail: Mail; dropped: number } => ({
  mail: mailOf(number, acknowledged),
  dropped: 0,
});

/** A pump that keeps up to three messages, and what it took out of the store. */
function pumpOf(...joined: Connection[]): { pump: MailPump; removed: number[] } {
  const removed: number[] = [];
  const pump = new MailPump(3, (number) => Promise.resolve(removed.push(number) > 0));
  for (const connection of joined) pump.join(connection, 0, Promise.resolve());
  return { pump, removed };
}

const connectionOf = (): Connection => serve().connect().connection;

const away = (): never => {
  throw new Error('away');
};

describe('a pump of mail', () => {
  it('asks the store once for all, and again once mail is kept', async () => {
    for (const acknowledged of [false, true]) {
      const [one, two] = [connectionOf(), connectionOf()];
      const { pump } = pumpOf(one, two);
      let asked = 0;
      const ask = (): readonly Mail[] => [mailOf(++asked)];
      const [first] = await Promise.all([pump.list(one, ask), pump.list(two, ask)]);
      expect(await pump.list(one, ask)).toEqual(first);
      expect([asked, pump.current]).toEqual([1, true]);
      pump.follow(kept(7, acknowledged), false);
      expect(pump.current).toBe(false);
      expect(await pump.list(two, ask)).toEqual([mailOf(2)]);
    }
  });

  it('asks the store again for those who came since, once for all of them', async () => {
    const [one, two, three] = [connectionOf(), connectionOf(), connectionOf()];
    const { pump } = pumpOf(one);
    const before = deferred<readonly Mail[]>();
    const early = pump.list(one, () => before.promise);
    for (const late of [two, three]) pump.join(late, 0, Promise.resolve());
    // Acknowledged at another process meanwhile: it is not for who came later.
    const lists = [two, three].map((late) => pump.list(late, () => [mailOf(2, true)]));
    before.resolve([mailOf(1, true), mailOf(2, true)]);
    expect(await early).toHaveLength(2);
    expect(lists[0]).toBe(lists[1]);
    expect(await lists[0]).toEqual([mailOf(2, true)]);
    expect(await pump.list(one, away)).toEqual([mailOf(2, true)]);
  });

  it('keeps live mail until everybody who was there has got it or is gone', async () => {
    const [one, two, late] = [connectionOf(), connectionOf(), connectionOf()];
    const { pump, removed } = pumpOf(one, two);
    pump.follow(kept(1), false);
    pump.follow(kept(2), true);
    pump.join(late, 0, Promise.resolve());
    // What somebody has got is not for who came later; what nobody has got is for everybody.
    expect([1, 2].map((number) => pump.owes(late, mailOf(number)))).toEqual([true, false]);
    for (const number of [1, 2]) void pump.given(one, mailOf(number));
    expect(removed).toEqual([]);
    expect([1, 2].map((number) => pump.owes(late, mailOf(number)))).toEqual([false, false]);
    void pump.given(two, mailOf(1));
    expect(removed).toEqual([1]);
    pump.leave(two);
    await turn();
    expect(removed).toEqual([1, 2]);
  });

  it('leaves mail from before it began to whoever gets it first', () => {
    const [one, two] = [connectionOf(), connectionOf()];
    const { pump, removed } = pumpOf(one, two);
    void pump.given(one, mailOf(6));
    expect(removed).toEqual([6]);
    expect(pump.owes(two, mailOf(6))).toBe(false);
    expect(pump.owes(two, mailOf(5, true))).toBe(true);
    expect(pump.given(two, mailOf(5, true))).toBeUndefined();
  });

  it('waits for a store that has not said yet what it kept, and not for one that failed', async () => {
    const one = connectionOf();
    const { pump } = pumpOf(one);
    const first = deferred<ReturnType<typeof kept>>();
    const second = deferred<ReturnType<typeof kept>>();
    pump.follow(first.promise, false);
    pump.follow(second.promise, true);
    const other = connectionOf();
    pump.join(other, 0, Promise.resolve());
    // Listed, though not yet said to be kept.
    const listed = pump.list(other, () => [mailOf(1)]);
    first.reject(new Error('away'));
    second.resolve(kept(1));
    expect(await listed).toEqual([mailOf(1)]);
    expect([one, other].map((each) => pump.owes(each, mailOf(1)))).toEqual([true, false]);
    expect(pump.settled()).toBeUndefined();
    pump.leave(one);
    pump.leave(other);
    expect(pump.idle).toBe(true);
  });

  it('forgets live mail that has made room for newer one', async () => {
    const [one, two] = [connectionOf(), connectionOf()];
    const { pump, removed } = pumpOf(one, two);
    for (const number of [1, 2, 3, 4, 5]) pump.follow(kept(number), true);
    pump.leave(one);
    pump.leave(two);
    await turn();
    expect(removed).toEqual([3, 4, 5]);
  });

  it('remembers what is gone only while somebody may have it in a list', async () => {
    const one = connectionOf();
    const { pump } = pumpOf(one);
    pump.forget([1]);
    expect(pump.owes(one, mailOf(1, true))).toBe(true);
    const asked = deferred<readonly Mail[]>();
    const listed = pump.list(one, () => asked.promise);
    pump.forget([1]);
    asked.resolve([mailOf(1, true), mailOf(2, true)]);
    await listed;
    expect([1, 2].map((number) => pump.owes(one, mailOf(number, true)))).toEqual([false, true]);
    pump.forgetAll();
    expect(pump.owes(one, mailOf(2, true))).toBe(false);
  });

  it('asks again after a failure, and lets the next one hand over', async () => {
    const one = connectionOf();
    const { pump } = pumpOf(one);
    await expect(pump.inTurn(() => pump.list(one, away))).rejects.toThrow('away');
    expect(await pump.inTurn(() => pump.list(one, () => [mailOf(1)]))).toEqual([mailOf(1)]);
  });
});
