import { describe, expect, it } from '@jest/globals';
import { deferred } from '../testing-fixtures/deferred.js';
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

describe('a pump of mail', () => {
  it('has more to hand over once mail is kept, also mail that asks for an acknowledgement', () => {
    for (const acknowledged of [false, true]) {
      const pump = new MailPump();
      pump.follow(kept(1, acknowledged), false);
      expect(pump.more).toBe(true);
      expect(pump.staysFor(1)).toBe(!acknowledged);
    }
  });

  it('knows which of the mail that came meanwhile somebody has got', () => {
    const pump = new MailPump();
    pump.follow(kept(1), true);
    pump.follow(kept(2), false);
    pump.follow(kept(3), false);
    expect([...pump.taken()]).toEqual([1]);
    expect(pump.staysFor(3)).toBe(true);
    expect([...pump.taken()]).toEqual([1, 3]);
  });

  it('leaves mail from before it began to whoever gets it', () => {
    const pump = new MailPump();
    pump.follow(kept(7), false);
    expect(pump.staysFor(6)).toBe(false);
    expect([...pump.taken()]).toEqual([]);
  });

  it('waits for a store that has not said yet what it kept, and not for one that failed', async () => {
    const pump = new MailPump();
    const first = deferred<ReturnType<typeof kept>>();
    const second = deferred<ReturnType<typeof kept>>();
    pump.follow(first.promise, false);
    pump.follow(second.promise, false);
    // Listed, though not yet said to be kept.
    expect(pump.staysFor(1)).toBe(true);
    const settled = pump.settled();
    first.reject(new Error('away'));
    second.resolve(kept(1));
    await settled;
    expect(pump.more).toBe(true);
    expect([...pump.taken()]).toEqual([1]);
  });

  it('forgets mail that has made room for newer one', () => {
    const pump = new MailPump();
    for (const number of [1, 2, 3]) pump.follow(kept(number), true);
    pump.forget([mailOf(2), mailOf(3)]);
    expect([...pump.taken()]).toEqual([2, 3]);
    pump.forget([]);
    expect([...pump.taken()]).toEqual([2, 3]);
  });
});
