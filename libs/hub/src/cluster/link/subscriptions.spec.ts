import { describe, expect, it } from '@jest/globals';
import { linkRig } from '../../testing-fixtures/link-rig.js';

const current = linkRig();

/** Whether it has settled by now. */
function watch(promise: Promise<void>): { settled: boolean } {
  const watched = { settled: false };
  void promise.then(() => (watched.settled = true));
  return watched;
}

describe('channels of a link', () => {
  it('are subscribed once, however many hold them', async () => {
    const rig = current();
    const link = await rig.flowing();
    for (const channel of ['r:a', 'r:b', 'r:a']) link.hold(channel);
    await rig.clock.settle();
    link.hold('r:b');
    await rig.clock.settle();
    expect(rig.broker.session.subscribed).toEqual([['r:a', 'r:b']]);
    expect(link.stats.channels).toBe(2);
  });

  it('are unsubscribed 5 seconds after the last who held them', async () => {
    const rig = current();
    const link = await rig.flowing();
    for (const channel of ['r:a', 'r:a', 'r:b']) link.hold(channel);
    await rig.clock.settle();
    link.release('r:a');
    await rig.clock.advance(6_000);
    expect(rig.broker.session.unsubscribed).toEqual([]);
    link.release('r:a');
    await rig.clock.advance(1_000);
    link.release('r:b');
    await rig.clock.advance(3_999);
    expect(rig.broker.session.unsubscribed).toEqual([]);
    await rig.clock.advance(1);
    expect(rig.broker.session.unsubscribed).toEqual([['r:a']]);
    await rig.clock.advance(1_000);
    expect(rig.broker.session.unsubscribed).toEqual([['r:a'], ['r:b']]);
    expect(rig.host.told.slice(2)).toEqual(['unsubscribed r:a', 'unsubscribed r:b']);
    expect(link.stats.channels).toBe(0);
  });

  it('stay when somebody comes back in time', async () => {
    const rig = current();
    const link = await rig.flowing();
    link.hold('r:a');
    await rig.clock.settle();
    for (let turn = 0; turn < 5; turn++) {
      link.release('r:a');
      await rig.clock.advance(4_000);
      link.hold('r:a');
    }
    await rig.clock.advance(20_000);
    expect(rig.broker.session.unsubscribed).toEqual([]);
    expect(rig.broker.session.subscribed).toHaveLength(1);
    link.release('r:a');
    await rig.clock.advance(5_000);
    expect(rig.broker.session.unsubscribed).toHaveLength(1);
  });

  it('are never released more often than they were held', async () => {
    const rig = current();
    const link = await rig.flowing();
    link.release('r:a');
    link.hold('r:a');
    link.release('r:a');
    link.release('r:a');
    link.hold('r:a');
    await rig.clock.advance(10_000);
    expect(rig.host.told).toEqual(['opened one', 'up']);
    expect(link.stats.channels).toBe(1);
  });

  it('are heard of only while they are held', async () => {
    const rig = current();
    const link = await rig.flowing();
    const { host } = rig.broker.session;
    link.hold('r:a');
    await rig.clock.settle();
    host.received('r:a', Buffer.from('one'));
    host.received('r:other', Buffer.from('foreign'));
    link.release('r:a');
    host.received('r:a', Buffer.from('two'));
    await rig.clock.advance(5_000);
    host.received('r:a', Buffer.from('three'));
    expect(rig.host.told.slice(2)).toEqual(['r:a=one', 'r:a=two', 'unsubscribed r:a']);
  });

  it('are settled when they are received', async () => {
    const rig = current();
    const link = await rig.flowing();
    expect(watch(link.settled('r:nobody')).settled).toBe(false);
    rig.broker.answers.subscribe = 'later';
    link.hold('r:a');
    const first = watch(link.settled('r:a'));
    await rig.clock.settle();
    const second = watch(link.settled('r:a'));
    await rig.clock.settle();
    expect([first.settled, second.settled]).toEqual([false, false]);
    rig.broker.later[0]?.resolve();
    await rig.clock.settle();
    expect([first.settled, second.settled]).toEqual([true, true]);
    await link.settled('r:a');
  });

  it('are settled at once while there is no session', async () => {
    const rig = current();
    const link = rig.link();
    link.hold('r:a');
    await link.settled('r:a');
    void link.start();
    await rig.clock.settle();
    rig.broker.answers.subscribe = 'never';
    link.hold('r:b');
    const settled = watch(link.settled('r:b'));
    await rig.clock.settle();
    expect(settled.settled).toBe(false);
    rig.broker.session.host.closed(new Error('gone'));
    await link.settled('r:b');
    expect(settled.settled).toBe(true);
  });

  it('are subscribed again with each session, in batches', async () => {
    const rig = current();
    const link = await rig.flowing();
    const channels = Array.from({ length: 1_100 }, (_, at) => `r:${at}`);
    for (const channel of channels) link.hold(channel);
    await rig.clock.settle();
    rig.broker.session.host.closed(new Error('gone'));
    await rig.clock.advance(100);
    for (const { subscribed } of rig.broker.sessions) {
      expect(subscribed.map(({ length }) => length)).toEqual([512, 512, 76]);
      expect(subscribed.flat()).toEqual(channels);
    }
    expect(link.state).toBe('up');
  });

  it('that are held while others are subscribed again are part of it', async () => {
    const rig = current();
    const link = rig.link();
    rig.broker.answers.subscribe = 'later';
    link.hold('r:a');
    void link.start();
    await rig.clock.settle();
    link.hold('r:b');
    rig.broker.later[0]?.resolve();
    await rig.clock.settle();
    expect(link.state).toBe('connecting');
    rig.broker.later[1]?.resolve();
    await rig.clock.settle();
    expect(rig.broker.session.subscribed).toEqual([['r:a'], ['r:b']]);
    expect(link.state).toBe('up');
  });

  it('go without a session as well, and are not subscribed with the next', async () => {
    const rig = current();
    const link = await rig.flowing();
    link.hold('r:a');
    link.hold('r:b');
    await rig.clock.settle();
    rig.broker.answers.open = 'no';
    rig.broker.session.host.closed(new Error('gone'));
    link.release('r:a');
    await rig.clock.advance(5_000);
    expect(rig.host.told.at(-1)).toBe('unsubscribed r:a');
    rig.broker.answers.open = 'yes';
    await rig.clock.advance(1_000);
    expect(rig.broker.session.subscribed).toEqual([['r:b']]);
    expect(rig.broker.session.unsubscribed).toEqual([]);
  });

  it('that are held once more while they are unsubscribed are subscribed once more', async () => {
    const rig = current();
    const link = await rig.flowing();
    rig.broker.answers.unsubscribe = 'later';
    link.hold('r:a');
    await rig.clock.settle();
    link.release('r:a');
    await rig.clock.advance(5_000);
    link.hold('r:a');
    const settled = watch(link.settled('r:a'));
    await rig.clock.settle();
    expect(settled.settled).toBe(true);
    rig.broker.later[0]?.resolve();
    await rig.clock.settle();
    const { subscribed, unsubscribed } = rig.broker.session;
    expect([subscribed, unsubscribed]).toEqual([[['r:a'], ['r:a']], [['r:a']]]);
    rig.broker.session.host.received('r:a', Buffer.from('again'));
    expect(rig.host.told.slice(2)).toEqual(['unsubscribed r:a', 'r:a=again']);
  });

  it('are unsubscribed in batches, but for those that are held by then', async () => {
    const rig = current();
    const link = await rig.flowing();
    const channels = Array.from({ length: 1_000 }, (_, at) => `r:${at}`);
    for (const channel of channels) link.hold(channel);
    await rig.clock.settle();
    rig.broker.answers.unsubscribe = 'later';
    for (const channel of channels) link.release(channel);
    await rig.clock.advance(5_000);
    link.hold('r:900');
    await rig.clock.settle();
    for (let at = 0; at < 2; at++) {
      rig.broker.later[at]?.resolve();
      await rig.clock.settle();
    }
    const { unsubscribed } = rig.broker.session;
    expect(unsubscribed.map(({ length }) => length)).toEqual([512, 487]);
    expect(unsubscribed.flat()).not.toContain('r:900');
  });
});
