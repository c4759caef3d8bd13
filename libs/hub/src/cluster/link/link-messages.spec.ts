import { describe, expect, it } from '@jest/globals';
import { linkRig } from '../../testing-fixtures/link-rig.js';

const current = linkRig();

describe('messages of a link', () => {
  it('wait until the others have settled, and leave together', async () => {
    const rig = current();
    const { broker, clock } = rig;
    const made = rig.link();
    made.publish(rig.entry('early'));
    void made.start();
    await clock.advance(249);
    made.publish(rig.entry('later'));
    await clock.settle();
    expect(broker.sent).toEqual([]);
    await clock.advance(1);
    expect(broker.sent).toEqual(['early', 'later']);
    expect(broker.session.batches).toEqual([2]);
    expect(made.stats).toMatchObject({ sent: 2, waiting: 0, waitingBytes: 0, sessions: 1 });
  });

  it('are sent again when it is not known whether they have arrived', async () => {
    const rig = current();
    const { broker, clock } = rig;
    const made = await rig.flowing();
    made.publish(rig.entry('known'));
    await clock.settle();
    broker.answers.send = 'never';
    made.publish(rig.entry('unknown'));
    await clock.settle();
    delete broker.answers.send;
    broker.session.host.closed(new Error('gone'));
    made.publish(rig.entry('while it is down'));
    await clock.advance(1_000);
    expect(broker.session.sent.map(({ text }) => text)).toEqual(['unknown', 'while it is down']);
    expect(made.stats).toMatchObject({ sent: 3, resent: 1 });
  });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'are sent again or not, but count once, when the session ends %i steps after the answer',
    async (steps) => {
      const rig = current();
      const link = await rig.flowing();
      rig.broker.answers.send = 'later';
      link.publish(rig.entry('a'));
      await rig.clock.settle();
      rig.broker.answers.send = 'yes';
      rig.broker.later[0]?.resolve();
      for (let step = 0; step < steps; step++) await Promise.resolve();
      rig.broker.session.host.closed(new Error('gone'));
      await rig.clock.advance(1_000);
      expect(link.stats).toMatchObject({ sent: 1, waiting: 0, waitingBytes: 0 });
      expect(rig.broker.sent).toHaveLength(1 + link.stats.resent);
    },
  );

  it('are sent again to another server when they were acknowledged lately', async () => {
    const rig = current();
    const { broker, clock } = rig;
    const made = await rig.flowing({ delivery: 'at-least-once' });
    made.publish(rig.entry('old', { log: true }));
    await clock.advance(5_000);
    for (const text of ['a', 'b']) made.publish(rig.entry(text, { log: true }));
    await clock.advance(4_000);
    made.publish(rig.entry('c', { log: true }));
    await clock.settle();
    broker.generation = 'two';
    broker.answers.open = 'no';
    broker.session.host.closed(new Error('gone'));
    // However long it is away.
    await clock.advance(60_000);
    made.publish(rig.entry('d', { log: true }));
    delete broker.answers.open;
    await clock.advance(1_000);
    expect(broker.session.sent.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd']);
    expect(made.stats).toMatchObject({ resent: 3, dropped: { full: 0, late: 0 } });
  });

  it('are not sent again to the same server', async () => {
    const rig = current();
    const { broker, clock } = rig;
    const made = await rig.flowing();
    made.publish(rig.entry('a'));
    await clock.settle();
    broker.session.host.closed(new Error('gone'));
    await clock.advance(1_000);
    expect(broker.session.sent).toEqual([]);
  });

  it('are dropped when they come too late, at most once', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    broker.answers.open = 'no';
    const made = rig.link();
    void made.start();
    made.publish(rig.entry('late'));
    await clock.advance(1_000);
    made.publish(rig.entry('in time'));
    await clock.advance(9_200);
    delete broker.answers.open;
    await clock.advance(600);
    expect(host.drops).toEqual([['late', ['late']]]);
    expect(broker.sent).toEqual(['in time']);
    expect(made.stats.dropped.late).toBe(1);
  });

  it('never come too late, at least once', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    broker.answers.open = 'no';
    const made = rig.link({ delivery: 'at-least-once' });
    void made.start();
    made.publish(rig.entry('late', { log: true }));
    await clock.advance(100_000);
    delete broker.answers.open;
    await clock.advance(600);
    expect(broker.session.sent).toMatchObject([{ text: 'late', log: true }]);
    expect(host.drops).toEqual([]);
  });

  it('are dropped at once when they are too large', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    const made = await rig.flowing();
    made.publish(rig.entry('x'.repeat(1_001)));
    made.publish(rig.entry('next'));
    await clock.settle();
    expect(host.drops.map(([reason]) => reason)).toEqual(['too-large']);
    expect(broker.sent).toEqual(['next']);
    broker.session.host.closed(new Error('gone'));
    made.publish(rig.entry('y'.repeat(900)));
    broker.maxMessage = 800;
    await clock.advance(1_000);
    expect(host.drops.map(([reason]) => reason)).toEqual(['too-large', 'too-large']);
  });

  it('keep no others back when the broker refuses one of them', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    broker.sending = (batch) =>
      batch.some(({ message }) => Buffer.from(message).toString() === 'poison') ? 'no' : 'yes';
    const made = await rig.flowing({ delivery: 'at-least-once' });
    for (const text of ['a', 'poison', 'b', 'poison', 'c']) made.publish(rig.entry(text));
    await clock.settle();
    made.publish(rig.entry('d'));
    made.publish(rig.entry('e'));
    await clock.settle();
    expect(host.drops).toEqual([['refused', ['poison', 'poison']]]);
    expect(host.reports).toHaveLength(2);
    const { sent, batches } = broker.session;
    expect(sent.slice(5).map(({ text }) => text)).toEqual([
      'a',
      'poison',
      'b',
      'poison',
      'c',
      'd',
      'e',
    ]);
    expect(batches.slice(1)).toEqual([1, 1, 1, 1, 1, 2]);
    expect(made.state).toBe('up');
    expect(made.stats).toMatchObject({ sent: 5, waiting: 0 });
  });

  it('are kept when the broker refuses all of them', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    const made = await rig.flowing({ delivery: 'at-least-once' });
    broker.answers.send = 'no';
    broker.answers.probe = 'no';
    made.publish(rig.entry('a'));
    await clock.settle();
    expect(made.state).toBe('down');
    await clock.advance(10_000);
    expect(host.drops).toEqual([]);
    broker.answers.send = 'yes';
    broker.answers.probe = 'yes';
    await clock.advance(1_000);
    expect(broker.session.sent.map(({ text }) => text)).toEqual(['a']);
    expect(made.stats.sent).toBe(1);
  });

  it('are sent before the link stops', async () => {
    const rig = current();
    const { clock, host } = rig;
    const made = rig.link();
    void made.start();
    await clock.settle();
    made.publish(rig.entry('a'));
    made.control('a', Buffer.from('bye'));
    const { session } = rig.broker;
    const stopped = made.stop();
    await clock.settle();
    await stopped;
    expect(session.sent.map(({ text }) => text).toSorted()).toEqual(['a', 'bye']);
    expect(session.destroyed).toBe(1);
    expect(host.told.at(-1)).toBe('down: The link was stopped');
    made.publish(rig.entry('after'));
    made.control('a', Buffer.from('after'));
    await clock.settle();
    expect(host.drops).toEqual([['late', ['after']]]);
    expect(made.stats.controlDropped).toBe(1);
  });

  it('are dropped when the broker does not take them before the link stops', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    const made = await rig.flowing();
    broker.answers.send = 'never';
    made.publish(rig.entry('a'));
    let stopped = false;
    void made.stop().then(() => (stopped = true));
    made.publish(rig.entry('b'));
    await clock.advance(1_999);
    expect(stopped).toBe(false);
    await clock.advance(1);
    expect(stopped).toBe(true);
    expect(host.drops).toEqual([['late', ['a', 'b']]]);
    expect(made.state).toBe('down');
  });

  it('of control are sent at once, or not at all', async () => {
    const rig = current();
    const { broker, clock } = rig;
    const made = rig.link();
    made.control('a', Buffer.from('before'));
    void made.start();
    await clock.settle();
    made.control('a', Buffer.from('one'));
    made.control('n:1', Buffer.from('two'));
    await clock.settle();
    expect(broker.session.sent).toEqual([
      { channel: 'a', text: 'one', log: false },
      { channel: 'n:1', text: 'two', log: false },
    ]);
    expect(broker.session.batches).toEqual([2]);
    made.control('a', Buffer.alloc(1_001));
    broker.answers.send = 'no';
    made.control('a', Buffer.from('refused'));
    await clock.settle();
    expect(made.state).toBe('up');
    expect(made.stats.controlDropped).toBe(3);
  });
});
