import { describe, expect, it } from '@jest/globals';
import { BrokerUnavailable } from '../../broker/broker-unavailable.js';
import { deferred } from '../../testing-fixtures/deferred.js';
import { linkRig } from '../../testing-fixtures/link-rig.js';
import type { Answer } from '../../testing-fixtures/scripted-broker.js';

const current = linkRig();

describe('the start of a link', () => {
  it('subscribes, lets its host read the logs, and is up', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    const made = rig.link();
    for (const channel of ['a', 'n:1']) made.hold(channel);
    expect(made.state).toBe('down');
    const started = made.start();
    expect(made.state).toBe('connecting');
    await clock.settle();
    await started;
    expect(made.state).toBe('up');
    expect(made.generation).toBe('one');
    expect(broker.session.subscribed).toEqual([['a', 'n:1']]);
    expect(host.told).toEqual(['opened one', 'up']);
  });

  it('waits for its host', async () => {
    const rig = current();
    const { clock, host } = rig;
    const reading = deferred();
    host.opening = () => reading.promise;
    const made = rig.link();
    void made.start();
    await clock.advance(1_000);
    expect(made.state).toBe('connecting');
    reading.resolve();
    await clock.settle();
    expect(made.state).toBe('up');
  });

  it.each<Answer>(['no', 'never', 'throw'])(
    'waits at most 2 seconds for a broker that answers %s',
    async (answer) => {
      const rig = current();
      const { broker, clock, host } = rig;
      broker.answers.open = answer;
      const made = rig.link();
      let started = false;
      void made.start().then(() => (started = true));
      await clock.advance(1_999);
      expect(started).toBe(false);
      await clock.advance(1);
      expect(started).toBe(true);
      expect(made.error).toBeInstanceOf(Error);
      delete broker.answers.open;
      await clock.advance(400);
      expect(made.state).toBe('up');
      expect(host.told).toEqual(['opened one', 'up']);
    },
  );

  it('fails when the broker is required, with its reason, and stops', async () => {
    const rig = current();
    const { broker, clock } = rig;
    broker.answers.open = 'no';
    const made = rig.link({ required: true });
    const started = made.start();
    const failed = expect(started).rejects.toThrow(BrokerUnavailable);
    await clock.advance(2_000);
    await failed;
    await expect(started).rejects.toMatchObject({ cause: { message: 'Refused: open' } });
    const { opened } = broker;
    await clock.advance(10_000);
    expect(broker.opened).toBe(opened);
    expect(made.state).toBe('down');
  });

  it('tries again later and later, up to a quarter of a second', async () => {
    const rig = current();
    const { broker, clock } = rig;
    broker.answers.open = 'no';
    void rig.link().start();
    const attempts: number[] = [];
    for (let time = 0; time < 1_200; time += 10) {
      const { opened } = broker;
      await clock.advance(10);
      if (broker.opened > opened && time > 0) attempts.push(time + 10);
    }
    expect(attempts).toEqual([50, 150, 350, 600, 850, 1_100]);
  });

  it('destroys a session that comes too late', async () => {
    const rig = current();
    const { broker, clock } = rig;
    broker.answers.open = 'later';
    void rig.link().start();
    await clock.advance(2_010);
    broker.answers.open = 'yes';
    await clock.advance(200);
    expect(broker.sessions).toHaveLength(1);
    broker.later[0]?.resolve();
    await clock.settle();
    expect(broker.sessions.map(({ destroyed }) => destroyed)).toEqual([0, 1]);
  });

  it('takes no session without a generation', async () => {
    const rig = current();
    const { broker, clock } = rig;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a broker in JavaScript may do
    broker.generation = undefined as unknown as string;
    const made = rig.link();
    void made.start();
    await clock.advance(10);
    expect(made.state).toBe('down');
    expect(broker.session.destroyed).toBe(1);
  });

  it('gives up a session whose logs cannot be read', async () => {
    const rig = current();
    const { clock, host } = rig;
    host.opening = () => new Promise(() => undefined);
    const made = rig.link();
    void made.start();
    await clock.advance(9_999);
    expect(made.state).toBe('connecting');
    await clock.advance(1);
    expect(made.state).toBe('down');
    host.opening = () => {
      throw new Error('of the host');
    };
    await clock.advance(60);
    expect(made.error?.message).toBe('of the host');
    expect(host.told).not.toContain('up');
    expect(host.told.some((told) => told.startsWith('down'))).toBe(false);
  });

  it('is stopped before it is up', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    broker.answers.open = 'never';
    const made = rig.link();
    const started = made.start();
    made.publish(rig.entry('waits'));
    await made.stop();
    await started;
    expect(made.state).toBe('down');
    expect(host.drops).toEqual([['late', ['waits']]]);
    await clock.advance(5_000);
    expect(broker.opened).toBe(1);
  });

  it('may be stopped, and never started', async () => {
    const rig = current();
    const { broker } = rig;
    const made = rig.link();
    await made.stop();
    await made.start();
    expect(broker.opened).toBe(0);
  });
});

describe('the end of a session', () => {
  it('is told once, and another one is opened', async () => {
    const rig = current();
    const { clock, host } = rig;
    const made = await rig.flowing();
    const { session } = rig.broker;
    session.host.closed(new Error('gone'));
    session.host.closed(new Error('gone twice'));
    expect(made.state).toBe('down');
    expect(session.destroyed).toBe(1);
    await clock.advance(50);
    expect(made.state).toBe('up');
    expect(host.told).toEqual(['opened one', 'up', 'down: gone', 'opened one', 'up']);
    // What comes from the old one is not heard any more.
    session.host.closed(new Error('gone late'));
    session.host.received('a', Buffer.from('late'));
    expect(made.state).toBe('up');
    expect(host.told).toHaveLength(5);
  });

  it('says whether the server is another one', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    await rig.flowing();
    broker.generation = 'two';
    broker.session.host.closed(new Error('gone'));
    await clock.advance(100);
    broker.session.host.closed(new Error('gone'));
    await clock.advance(200);
    expect(host.told.filter((told) => told.startsWith('opened'))).toEqual([
      'opened one',
      'opened two changed',
      'opened two',
    ]);
  });

  it.each<[Answer, number]>([
    ['no', 1_000],
    ['throw', 1_000],
    ['never', 3_000],
  ])('comes when a probe is answered %s, %i ms after it began', async (answer, after) => {
    const rig = current();
    const { broker, clock } = rig;
    const made = rig.link();
    void made.start();
    await clock.settle();
    broker.answers.probe = answer;
    await clock.advance(after - 1);
    expect(made.state).toBe('up');
    await clock.advance(1);
    expect(made.state).toBe('down');
    expect(broker.session.destroyed).toBe(1);
  });

  it('probes every second', async () => {
    const rig = current();
    const { broker, clock } = rig;
    await rig.flowing();
    await clock.advance(5_000);
    expect(broker.session.probes).toBe(5);
  });

  it.each(['send', 'subscribe', 'unsubscribe'] as const)(
    'comes 2 seconds after a %s that is never answered',
    async (call) => {
      const rig = current();
      const { broker, clock, host } = rig;
      const made = await rig.flowing();
      made.hold('r:other');
      await clock.settle();
      broker.answers[call] = 'never';
      made.publish(rig.entry('x'));
      made.hold('r:room');
      made.release('r:other');
      const before = call === 'unsubscribe' ? 5_000 : 0;
      await clock.advance(before + 1_999);
      expect(made.state).toBe('up');
      await clock.advance(1);
      expect(made.state).toBe('down');
      expect(host.told.at(-1)).toMatch(/has not answered for 2000 ms/);
    },
  );

  it.each<Answer>(['no', 'throw'])('comes when a subscription is answered %s', async (answer) => {
    const rig = current();
    const { broker, clock } = rig;
    const made = await rig.flowing();
    broker.answers.subscribe = answer;
    made.hold('r:room');
    await clock.settle();
    expect(made.state).toBe('down');
  });

  it('does not come because this process stood still', async () => {
    const rig = current();
    const { broker, clock } = rig;
    const made = await rig.flowing();
    broker.answers.send = 'later';
    made.publish(rig.entry('x'));
    await clock.settle();
    await clock.stall(5_000);
    expect(made.state).toBe('up');
    for (const { resolve } of broker.later) resolve();
    await clock.advance(1_000);
    expect(made.state).toBe('up');
    broker.answers.send = 'never';
    made.publish(rig.entry('y'));
    await clock.settle();
    await clock.stall(5_000);
    await clock.advance(500);
    expect(made.state).toBe('down');
  });

  it('begins with short waits again only once a session has lasted', async () => {
    const rig = current();
    const { broker, clock } = rig;
    const made = await rig.flowing();
    for (const wait of [50, 100, 200, 250, 250]) {
      broker.session.host.closed(new Error('gone'));
      await clock.advance(wait - 1);
      expect(made.state).toBe('down');
      await clock.advance(1);
      expect(made.state).toBe('up');
    }
    await clock.advance(1_000);
    broker.session.host.closed(new Error('gone'));
    await clock.advance(50);
    expect(made.state).toBe('up');
  });

  it('harms nobody when the host throws', async () => {
    const rig = current();
    const { broker, host } = rig;
    const made = await rig.flowing();
    made.hold('a');
    host.receiving = () => {
      throw new Error('of the host');
    };
    broker.session.host.received('a', Buffer.from('hello'));
    expect(host.reports).toMatchObject([{ message: 'of the host' }]);
    expect(made.state).toBe('up');
  });

  it('harms nobody when destroying throws', async () => {
    const rig = current();
    const { broker, clock, host } = rig;
    const made = await rig.flowing();
    broker.session.destroy = () => {
      throw new Error('of the broker');
    };
    broker.session.host.closed(new Error('gone'));
    expect(host.reports).toMatchObject([{ message: 'of the broker' }]);
    await clock.advance(50);
    expect(made.state).toBe('up');
  });

  it('may come before the session has been handed over', async () => {
    const rig = current();
    const { broker, clock } = rig;
    const open = broker.open.bind(broker);
    broker.open = (to) => {
      to.closed(new Error('at once'));
      return open(to);
    };
    const made = rig.link();
    void made.start();
    await clock.settle();
    expect(made.state).toBe('down');
    expect(broker.session.destroyed).toBe(1);
    broker.open = open;
    await clock.advance(50);
    expect(made.state).toBe('up');
  });
});

describe('the logs, as the host reads them', () => {
  it('ends where the limit is, whatever the broker gives', async () => {
    const rig = current();
    const { broker, host } = rig;
    const read: string[] = [];
    host.opening = async (session) => {
      broker.session.logs = ['a', 'bb', 'ccc', 'dddd'].map((text) => ({
        channel: 'r:room',
        message: Buffer.from(text),
      }));
      for (const limit of [
        { messages: 2, bytes: 100 },
        { messages: 100, bytes: 4 },
      ]) {
        for await (const { message } of session.readLog('00000000000000bb', 0, limit)) {
          read.push(Buffer.from(message).toString());
        }
      }
    };
    await rig.flowing();
    expect(read).toEqual(['a', 'bb', 'a', 'bb', 'ccc']);
  });

  it.each<[Answer, number]>([
    ['no', 0],
    ['throw', 0],
    ['never', 2_000],
  ])('ends the session when they are answered %s', async (answer, after) => {
    const rig = current();
    const { broker, clock, host } = rig;
    broker.answers.readLog = answer;
    host.opening = async (session) => {
      for await (const logged of session.readLog('00000000000000bb', 0, {
        messages: 1,
        bytes: 1,
      })) {
        expect(logged).toBeDefined();
      }
    };
    const made = rig.link();
    void made.start();
    await clock.advance(after);
    expect(made.state).toBe('down');
    expect(broker.session.destroyed).toBe(1);
  });
});
