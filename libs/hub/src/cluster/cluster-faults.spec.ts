import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { assert, asyncProperty, constantFrom, uint8Array } from 'fast-check';
import type { Broker } from '../broker/broker.js';
import { ClusterRig, heard, type RigNode } from '../testing-fixtures/cluster-rig.js';
import { serve, type Client } from '../testing-fixtures/fake-upgrade.js';

let rig = new ClusterRig();
afterEach(async () => {
  await rig.close();
  rig = new ClusterRig();
});

interface Pair {
  readonly one: RigNode;
  readonly two: RigNode;
  readonly client: Client;
  readonly say: (...numbers: number[]) => Promise<void>;
  /** Numbers the client has heard in the room. */
  readonly said: () => unknown[];
}

/** Two nodes, and a member of the room on the second. */
async function pair(options: ConstructorParameters<typeof ClusterRig>[0] = {}): Promise<Pair> {
  rig = new ClusterRig(options);
  const one = await rig.node();
  const two = await rig.node();
  const client = two.connect({ user: 'bob' });
  two.hub.rooms.join(client.connection, 'lobby');
  await rig.clock.settle();
  return {
    one,
    two,
    client,
    say: async (...numbers) => {
      for (const number of numbers) one.hub.rooms.to('lobby').send('said', number);
      await rig.clock.advance(10);
    },
    said: () =>
      client.transport.heard.filter(({ event }) => event === 'said').map(({ data }) => data),
  };
}

/** Loses what comes by a channel. */
function lose({ one, two }: Pair, channel: string, times = Infinity): void {
  let left = times;
  two.filter = (name, message) =>
    name !== channel ||
    !Buffer.from(message).includes(Buffer.from(one.hub.cluster.node, 'hex')) ||
    left-- <= 0;
}

const LEAST = { delivery: 'at-least-once' } as const;

describe('delivery at most once', () => {
  it('announces a hole, once, and goes on', async () => {
    const nodes = await pair({ notifyGap: true });
    await rig.clock.advance(3_000);
    await nodes.say(1);
    lose(nodes, 'r:lobby', 2);
    const now = rig.clock.now();
    await nodes.say(2, 3, 4, 5);
    expect(nodes.said()).toEqual([1, 4, 5]);
    expect(nodes.two.gaps).toEqual([
      {
        node: nodes.one.hub.cluster.node,
        rooms: ['lobby'],
        users: [],
        // When the last echo before it was asked for.
        since: expect.any(Number),
        until: now,
        reason: 'lost',
      },
    ]);
    expect(now - (nodes.two.gaps[0]?.since ?? 0)).toBeLessThanOrEqual(1_010);
    expect(heard(nodes.client)).toContainEqual(['$gap', { room: 'lobby' }]);
    expect(nodes.two.hub.cluster.stats).toMatchObject({ gaps: 1, delivered: 3 });
  });

  it('announces what was lost last, when the link comes back', async () => {
    const nodes = await pair();
    await nodes.say(1);
    lose(nodes, 'r:lobby');
    await nodes.say(2);
    // Longer than a publisher keeps what the broker has acknowledged.
    await rig.clock.advance(6_000);
    nodes.two.filter = () => true;
    rig.kill();
    await rig.restart();
    await rig.clock.advance(3_000);
    expect(nodes.said()).toEqual([1]);
    expect(nodes.two.gaps).toMatchObject([{ rooms: ['lobby'], reason: 'lost' }]);
    await nodes.say(3);
    expect(nodes.said()).toEqual([1, 3]);
    expect(nodes.two.gaps).toHaveLength(1);
  });

  it('sends what was said while the broker was away, without a gap', async () => {
    const nodes = await pair();
    await nodes.say(1);
    rig.kill();
    await rig.clock.advance(1_000);
    await nodes.say(2, 3);
    await rig.restart();
    await nodes.say(4);
    await rig.clock.advance(3_000);
    expect(nodes.said()).toEqual([1, 2, 3, 4]);
    expect(nodes.two.gaps).toEqual([]);
    expect(nodes.two.news).toEqual(['up', `+${nodes.one.hub.cluster.node}`, 'down', 'up']);
  });

  it('drops what is too old, which both sides hear of', async () => {
    const nodes = await pair();
    await nodes.say(1);
    rig.kill();
    await rig.clock.advance(500);
    await nodes.say(2, 3);
    await rig.clock.advance(15_000);
    await rig.restart();
    await rig.clock.advance(3_000);
    expect(nodes.said()).toEqual([1]);
    expect(nodes.one.dropped[0]).toMatchObject({ messages: 2, rooms: ['lobby'], reason: 'late' });
    expect(nodes.two.gaps).toMatchObject([{ rooms: ['lobby'], reason: 'dropped' }]);
    await nodes.say(4);
    expect(nodes.said()).toEqual([1, 4]);
    expect(nodes.two.gaps).toHaveLength(1);
  });

  it('announces what was said while the link of one node was down, and only that', async () => {
    const nodes = await pair();
    await nodes.say(1);
    nodes.two.breakLink();
    await nodes.say(2);
    await rig.clock.advance(3_000);
    expect(nodes.said()).toEqual([1]);
    expect(nodes.two.gaps).toMatchObject([{ rooms: ['lobby'], reason: 'lost' }]);
    nodes.two.breakLink();
    await rig.clock.advance(3_000);
    await nodes.say(3);
    expect(nodes.said()).toEqual([1, 3]);
    expect(nodes.two.gaps).toHaveLength(1);
  });

  it('drops what is too long for the broker', async () => {
    const nodes = await pair();
    await nodes.say(1);
    nodes.one.hub.rooms.to('lobby').send('said', 'x'.repeat(5 * 1024 * 1024));
    await nodes.say(2);
    await rig.clock.advance(1_000);
    expect(nodes.said()).toEqual([1, 2]);
    expect(nodes.one.dropped).toMatchObject([{ messages: 1, reason: 'too-large' }]);
    expect(nodes.two.gaps.length).toBeGreaterThan(0);
  });

  it('delivers each of a broadcast to several rooms once, whichever copy is lost', async () => {
    const nodes = await pair();
    nodes.two.hub.rooms.join(nodes.client.connection, 'office');
    await rig.clock.settle();
    const both = nodes.one.hub.rooms.to(['lobby', 'office']);
    both.send('said', 1);
    await rig.clock.settle();
    lose(nodes, 'r:lobby', 1);
    both.send('said', 2);
    both.send('said', 3);
    await rig.clock.settle();
    expect(nodes.said()).toEqual([1, 2, 3]);
    expect(nodes.two.gaps).toEqual([]);
    expect(nodes.two.hub.cluster.stats.duplicates).toBe(0);
  });
});

describe('delivery at least once', () => {
  it('repairs a hole in order, and doubles nothing', async () => {
    const nodes = await pair(LEAST);
    await nodes.say(1);
    lose(nodes, 'r:lobby', 2);
    await nodes.say(2, 3, 4, 5, 6);
    await nodes.say(7);
    expect(nodes.said()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(nodes.two.gaps).toEqual([]);
    expect(nodes.two.hub.cluster.stats).toMatchObject({ gaps: 0, delivered: 7, duplicates: 0 });
    expect(nodes.two.hub.cluster.stats.repaired).toBeGreaterThanOrEqual(2);
  });

  it('repairs what was lost last, when the link comes back', async () => {
    const nodes = await pair(LEAST);
    await nodes.say(1);
    lose(nodes, 'r:lobby');
    await nodes.say(2, 3);
    await rig.clock.advance(6_000);
    nodes.two.filter = () => true;
    // The link of one node breaks; the server lives on.
    nodes.two.breakLink();
    await rig.clock.advance(2_000);
    expect(nodes.said()).toEqual([1, 2, 3]);
    expect(nodes.two.hub.cluster.stats).toMatchObject({ repaired: 2, gaps: 0 });
  });

  it('loses nothing and doubles nothing when the broker dies and comes back empty', async () => {
    const nodes = await pair(LEAST);
    await nodes.say(1, 2, 3);
    rig.kill();
    await nodes.say(4, 5);
    await rig.clock.advance(30_000);
    await nodes.say(6);
    await rig.restart();
    await nodes.say(7);
    await rig.clock.advance(3_000);
    expect(nodes.said()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(nodes.two.gaps).toEqual([]);
  });

  it('keeps the order over a broadcast to several rooms', async () => {
    const nodes = await pair(LEAST);
    nodes.two.hub.rooms.join(nodes.client.connection, 'office');
    await rig.clock.settle();
    const both = nodes.one.hub.rooms.to(['lobby', 'office']);
    await nodes.say(1);
    both.send('said', 2);
    await rig.clock.settle();
    lose(nodes, 'r:lobby', 2);
    await nodes.say(3);
    both.send('said', 4);
    await nodes.say(5);
    await rig.clock.advance(100);
    expect(nodes.said()).toEqual([1, 2, 3, 4, 5]);
    expect(nodes.two.gaps).toEqual([]);
  });

  it('announces a gap when the log does not have it any more', async () => {
    const nodes = await pair(LEAST);
    await nodes.say(1);
    lose(nodes, 'r:lobby');
    await nodes.say(2);
    await rig.clock.advance(130_000);
    nodes.two.filter = () => true;
    await nodes.say(3, 4);
    expect(nodes.said()).toEqual([1, 3, 4]);
    expect(nodes.two.gaps).toMatchObject([{ rooms: ['lobby'], reason: 'expired' }]);
  });

  it('goes on with a gap when the log cannot be read', async () => {
    const nodes = await pair(LEAST);
    await nodes.say(1);
    if (rig.server !== undefined) {
      rig.server.logs.read = () => {
        throw new TypeError('wrong type');
      };
    }
    lose(nodes, 'r:lobby', 1);
    await nodes.say(2, 3);
    await rig.clock.advance(5_000);
    await nodes.say(4);
    expect(nodes.said()).toEqual([1, 3, 4]);
    expect(nodes.two.gaps).toMatchObject([{ rooms: ['lobby'], reason: 'expired' }]);
    expect(nodes.two.hub.cluster.state).toBe('up');
  });

  it('reads what a node had said before it died', async () => {
    const nodes = await pair(LEAST);
    await nodes.say(1);
    lose(nodes, 'r:lobby');
    await nodes.say(2, 3);
    const { node } = nodes.one.hub.cluster;
    nodes.two.filter = (_channel, message) =>
      !Buffer.from(message).includes(Buffer.from(node, 'hex'));
    await rig.clock.advance(13_000);
    expect(nodes.two.news).toContain(`-${node}`);
    expect(nodes.said()).toEqual([1, 2, 3]);
  });

  it('reads what a node said that came while this one was away', async () => {
    const nodes = await pair(LEAST);
    await rig.clock.advance(11_000);
    nodes.two.filter = () => false;
    const three = await rig.node();
    three.hub.rooms.to('lobby').send('said', 1);
    await rig.clock.advance(1_000);
    nodes.two.filter = () => true;
    await rig.clock.advance(3_000);
    expect(nodes.said()).toEqual([1]);
  });
});

describe('a hostile broker', () => {
  it('is ignored, whatever it sends on whichever channel', async () => {
    const nodes = await pair({ delivery: 'at-least-once' });
    const { node } = nodes.two.hub.cluster;
    const channels = constantFrom('a', 'r:lobby', 'u:bob', `n:${node}`);
    const head = constantFrom(...Array.from({ length: 14 }, (_, kind) => kind));
    await assert(
      asyncProperty(channels, head, uint8Array({ maxLength: 120 }), async (channel, kind, rest) => {
        const bytes = Buffer.concat([
          Buffer.from([0x4e, 0x57, 1, kind, 0, rest.length % 2]),
          Buffer.from('eeeeeeeeeeeeeeee', 'hex'),
          rest,
        ]);
        rig.server?.relay.publish(channel, kind === 13 ? Buffer.from(rest) : bytes);
        await rig.clock.settle();
      }),
      { numRuns: 400 },
    );
    await nodes.say(1);
    await rig.clock.advance(5_000);
    expect(nodes.said()).toEqual([1]);
    const { ignored } = nodes.two.hub.cluster.stats;
    expect(ignored.malformed + ignored.foreign).toBeGreaterThan(200);
    expect(nodes.two.reports).toEqual([]);
  });
});

describe('observers of a cluster', () => {
  it('that throw are reported, and diagnostics are published', async () => {
    const published: unknown[] = [];
    const listener = (message: unknown): number => published.push(message);
    subscribe('nestwire:cluster:gap', listener);
    const nodes = await pair();
    const thrown = new Error('observer');
    const stop = nodes.two.hub.cluster.observe({
      gap: () => {
        throw thrown;
      },
    });
    await nodes.say(1);
    lose(nodes, 'r:lobby', 1);
    await nodes.say(2, 3);
    expect(nodes.two.reports).toMatchObject([{ error: thrown }]);
    expect(published).toMatchObject([
      { node: nodes.two.hub.cluster.node, gap: { rooms: ['lobby'] } },
    ]);
    stop();
    unsubscribe('nestwire:cluster:gap', listener);
  });
});

describe('closing a hub', () => {
  it('sends what waits before it goes', async () => {
    const nodes = await pair();
    nodes.one.hub.rooms.to('lobby').send('said', 1);
    await rig.until(nodes.one.hub.close({ deadline: 10 }));
    expect(nodes.said()).toEqual([1]);
    expect(nodes.two.gaps).toEqual([]);
  });

  it.each(['dead', 'silent'])('ends in time with a broker that is %s', async (how) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const broker: Broker = {
      name: 'stuck',
      maxMessage: 1_000,
      open: () => (how === 'dead' ? Promise.reject(new Error('dead')) : new Promise(() => {})),
      close: () => new Promise(() => {}),
    };
    const { hub, connect } = serve({}, {}, { broker });
    connect();
    void hub.start();
    hub.broadcaster.toAll().send('said');
    const before = performance.now();
    await hub.close({ deadline: 100 });
    expect(performance.now() - before).toBeLessThan(2_500);
    warn.mockRestore();
  });
});
