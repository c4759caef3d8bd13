import { beforeEach, describe, expect, it } from '@jest/globals';
import { LimitError, UsageError } from '#engine';
import { BusNetwork } from '../../testing-fixtures/bus-network.js';
import type { Client } from '../../testing-fixtures/fake-upgrade.js';
import { known, pass, peopleNode, type PeopleNode } from '../../testing-fixtures/people-node.js';

let network: BusNetwork;
let one: PeopleNode;
let two: PeopleNode;

/** Tracks, and lets the network answer. */
async function enter(
  { hub, connect }: PeopleNode,
  user: string,
  meta?: unknown,
  room = 'lobby',
): Promise<Client> {
  const client = connect(user);
  const tracked = hub.presence.track(client.connection, room, meta);
  await pass(network, 20);
  await tracked;
  return client;
}

async function metaOf({ hub }: PeopleNode, key: string): Promise<unknown> {
  return (await hub.presence.people('lobby')).find((person) => person.key === key)?.meta;
}

/** Bytes that a crowd, half on each node, costs the network. */
async function costOf(people: number): Promise<number> {
  const before = network.published.bytes;
  const room = `crowd of ${people}`;
  for (let index = 0; index < people; index++) {
    const { store } = index % 2 === 0 ? one : two;
    const id = `${people}-${index}`;
    store.enter(room, id, id, { name: 'somebody' });
  }
  await pass(network, 300);
  for (const { store } of [one, two]) expect(await store.list(room)).toHaveLength(people);
  return network.published.bytes - before;
}

const leftTwice = (client: Client): string[] => {
  const there = new Set<string>();
  const twice: string[] = [];
  for (const { event, data } of client.transport.heard) {
    if (event !== '$presence') continue;
    const { people = [], joined = [], left = [] } = data as Record<string, { key: string }[]>;
    for (const { key } of [...people, ...joined]) there.add(key);
    for (const key of left as unknown as string[]) if (!there.delete(key)) twice.push(key);
  }
  return twice;
};

beforeEach(async () => {
  network = new BusNetwork();
  one = await peopleNode(network);
  two = await peopleNode(network);
  await pass(network, 100);
});

describe('presence on many nodes', () => {
  it('tells a newcomer who is there on other nodes, and them that it came', async () => {
    const ada = await enter(one, 'ada', { name: 'Ada' });
    const bob = await enter(two, 'bob', { name: 'Bob' });
    await pass(network, 20);
    expect(known(ada)).toEqual({ ada: 1, bob: 1 });
    expect(bob.transport.heard[0]?.['data']).toEqual({
      room: 'lobby',
      people: [
        { key: 'ada', meta: { name: 'Ada' }, connections: 1 },
        { key: 'bob', meta: { name: 'Bob' }, connections: 1 },
      ],
    });
    expect(await one.hub.presence.people('lobby')).toEqual(await two.hub.presence.people('lobby'));
    expect(await one.hub.presence.has('lobby', 'bob')).toBe(true);
    expect(await one.hub.presence.count('lobby')).toBe(2);
    expect(await one.hub.presence.local.people('lobby')).toEqual([
      { key: 'ada', meta: { name: 'Ada' }, connections: 1 },
    ]);
    expect(await one.hub.presence.local.has('lobby', 'ada')).toBe(true);
    expect(await one.hub.presence.local.has('lobby', 'bob')).toBe(false);
  });

  it('is one person on two nodes, gone with the last connection', async () => {
    const watcher = await enter(one, 'watcher');
    const here = await enter(one, 'ada', 'first');
    const there = await enter(two, 'ada', 'second');
    await pass(network, 20);
    expect(known(watcher)['ada']).toBe(2);
    const [, ada] = await two.hub.presence.people('lobby');
    expect(ada).toEqual({ key: 'ada', meta: 'second', connections: 2 });
    expect(await one.hub.presence.people('lobby')).toContainEqual(ada);
    here.transport.end();
    await pass(network, 20);
    expect(known(watcher)['ada']).toBe(1);
    there.transport.end();
    await pass(network, 20);
    expect(known(watcher)).toEqual({ watcher: 1 });
    expect(leftTwice(watcher)).toEqual([]);
  });

  it('says about a person what was said last, on whichever node', async () => {
    const here = await enter(one, 'ada', 'first');
    await enter(two, 'ada', 'second');
    await one.hub.presence.track(here.connection, 'lobby', 'third');
    await pass(network, 20);
    for (const { hub } of [one, two]) {
      expect(await hub.presence.people('lobby')).toEqual([
        { key: 'ada', meta: 'third', connections: 2 },
      ]);
    }
  });

  it('says the same on all nodes in the end, whatever their clocks say', async () => {
    network.faults.delay = [1, 60];
    const three = await peopleNode(network, { ahead: -20_000 });
    const four = await peopleNode(network, { ahead: 5_000 });
    await pass(network, 500);
    const nodes = [one, two, three, four];
    const below = (count: number): number => Math.floor(network.clock.random() * count);
    for (const { store } of nodes) store.enter('lobby', 'host', 'host', 0);
    for (let step = 0; step < 300; step++) {
      const { store } = nodes[below(4)] ?? one;
      const [key, id] = [`p${below(5)}`, `c${below(3)}`];
      if (below(3) > 0) store.enter('lobby', key, id, step);
      else store.leave('lobby', key, id);
      if (below(2) === 0) await network.clock.advance(below(40));
    }
    await network.clock.advance(1_000);
    const expected = await one.store.list('lobby');
    expect(expected.length).toBeGreaterThan(3);
    for (const { store } of nodes) expect(await store.list('lobby')).toEqual(expected);
    three.store.enter('lobby', 'host', 'host', 'said last');
    await network.clock.advance(100);
    for (const { store } of nodes) {
      expect(await store.get('lobby', 'host')).toMatchObject({ meta: 'said last', connections: 4 });
    }
  });

  it('greets with everybody on twenty nodes, too', async () => {
    for (let count = 0; count < 18; count++) await peopleNode(network);
    await pass(network, 100);
    one.store.enter('lobby', 'ada', 'ada', undefined);
    await pass(network, 300);
    const bob = two.connect('bob');
    const tracked = two.hub.presence.track(bob.connection, 'lobby');
    await pass(network, 300);
    expect(await tracked).toBe(true);
    const people = ['ada', 'bob'].map((key) => ({ key, connections: 1 }));
    expect(bob.transport.heard[0]).toMatchObject({ data: { people } });
  });

  it('looks into rooms that nobody of the node is in, and lets go of them', async () => {
    await enter(one, 'ada', 'Ada');
    const people = two.hub.presence.people('lobby');
    await pass(network, 20);
    expect(await people).toEqual([{ key: 'ada', meta: 'Ada', connections: 1 }]);
    expect(two.bus.held).toContain('r:lobby');
    await pass(network, 60_000);
    expect(two.bus.held).not.toContain('r:lobby');
    expect(two.roster.size).toBe(0);
  });

  it('takes the people of a node that dies away, once', async () => {
    const ada = await enter(one, 'ada');
    await enter(two, 'bob');
    await enter(two, 'ada');
    await pass(network, 20);
    network.crash(two.bus);
    await pass(network, 13_000);
    expect(known(ada)).toEqual({ ada: 1 });
    expect(leftTwice(ada)).toEqual([]);
  });

  it('waits for slow answers a quarter of a second, and tells later ones as joined', async () => {
    await enter(one, 'ada');
    network.faults.delay = [400, 400];
    const bob = two.connect('bob');
    const started = network.clock.now();
    let greetedAfter = 0;
    const tracked = two.hub.presence.track(bob.connection, 'lobby').then((there) => {
      greetedAfter = network.clock.now() - started;
      return there;
    });
    await pass(network, 600);
    expect(await tracked).toBe(true);
    expect(greetedAfter).toBe(250);
    expect(known(bob)).toEqual({ bob: 1 });
    await pass(network, 1_000);
    expect(known(bob)).toEqual({ ada: 1, bob: 1 });
  });

  it('waits for nobody while the link is down, and catches up when it is back', async () => {
    const ada = await enter(one, 'ada');
    network.cut(two.bus);
    const bob = two.connect('bob');
    await two.hub.presence.track(bob.connection, 'lobby');
    expect(known(bob)).toEqual({ bob: 1 });
    network.mend(two.bus);
    await pass(network, 100);
    expect(known(bob)).toEqual({ ada: 1, bob: 1 });
    expect(known(ada)).toEqual({ ada: 1, bob: 1 });
  });

  it('ends the wait of a newcomer whose link breaks, or whose peer dies', async () => {
    await enter(one, 'ada');
    network.faults.delay = [200, 200];
    const bob = two.connect('bob');
    const tracked = two.hub.presence.track(bob.connection, 'lobby');
    await pass(network, 10);
    network.cut(two.bus);
    expect(await tracked).toBe(true);
  });

  it('keeps strange names apart', async () => {
    const rooms = ['__proto__', '\ud800', '\udc00', 'a b*>{}\n', '😀'];
    for (const room of rooms) await enter(one, `in ${room}`, undefined, room);
    for (const room of rooms) await enter(two, '__proto__', { __proto__: null }, room);
    await pass(network, 20);
    for (const room of rooms) {
      const people = await one.hub.presence.people(room);
      expect(people.map(({ key }) => key)).toEqual([`in ${room}`, '__proto__']);
    }
  });

  it('refuses what would not fit between nodes, and changes nothing', async () => {
    const { connection } = one.connect('ada');
    const { presence } = one.hub;
    const track = (meta: unknown) => presence.track(connection, 'lobby', meta);
    await expect(track('x'.repeat(25_000))).rejects.toThrow(LimitError);
    const [counted] = await Promise.all([presence.count('lobby'), pass(network, 20)]);
    expect(counted).toBe(0);
    await Promise.all([track('Ada'), pass(network, 20)]);
    await expect(track('x'.repeat(25_000))).rejects.toThrow('24576 bytes');
    expect(await one.hub.presence.people('lobby')).toMatchObject([{ meta: 'Ada' }]);
    const { connection: long } = one.connect('a');
    Object.assign(long, { userId: 'x'.repeat(257) });
    await expect(one.hub.presence.track(long, 'lobby')).rejects.toThrow(UsageError);
  });

  it('carries bytes and dates where both ends know MessagePack, and JSON elsewhere', async () => {
    const three = await peopleNode(network, { msgpack: true });
    const four = await peopleNode(network, { msgpack: true });
    await pass(network, 100);
    const meta = { at: new Date(0), key: new Uint8Array([1, 2]) };
    for (const node of [one, four]) await enter(node, 'watcher');
    await enter(three, 'ada', meta);
    await pass(network, 20);
    expect(await metaOf(four, 'ada')).toEqual(meta);
    expect(await metaOf(one, 'ada')).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      key: { 0: 1, 1: 2 },
    });
  });
});

describe('a crowd on many nodes', () => {
  it('of 3,000 at once costs bytes in proportion to it', async () => {
    const [few, many] = [await costOf(300), await costOf(3_000)];
    expect(many).toBeLessThan(few * 12);
    expect(many).toBeLessThan(3_000 * 250);
  });

  it('of more than 10,000 is counted, and named again when it has shrunk', async () => {
    const meta = new Uint8Array(0);
    const names = Array.from({ length: 10_001 }, (_name, index) => `p${index}`);
    const watcher = await enter(two, 'watcher');
    const entry = { connections: 1, since: network.clock.now(), meta };
    for (const name of names.slice(0, 9_000)) one.roster.set('r:lobby', name, entry);
    await pass(network, 100);
    expect(await two.hub.presence.people('lobby')).toHaveLength(9_001);
    for (const name of names) one.roster.set('r:lobby', name, entry);
    await pass(network, 2_000);
    expect(await two.hub.presence.count('lobby')).toBe(10_002);
    expect(await two.hub.presence.people('lobby')).toHaveLength(1);
    expect(known(watcher)).toEqual({ watcher: 1 });
    const before = network.published.bytes;
    one.roster.set('r:lobby', 'one more', entry);
    await pass(network, 2_000);
    expect(await two.hub.presence.count('lobby')).toBe(10_003);
    expect(network.published.bytes - before).toBeLessThan(200);
    for (const name of names.slice(7_000)) one.roster.delete('r:lobby', name);
    await pass(network, 3_000);
    expect(await two.hub.presence.people('lobby')).toHaveLength(7_002);
    expect(Object.keys(known(watcher))).toHaveLength(7_002);
  });
});
