import { beforeEach, describe, expect, it } from '@jest/globals';
import { HandshakeError } from '#engine';
import type { Connection } from '../../connection/connection.js';
import type { Hub } from '../../hub.js';
import { ConnectionLimits, type ConnectionLimitOptions } from '../../limits/connection-limits.js';
import { BusNetwork, type NetworkBus } from '../../testing-fixtures/bus-network.js';
import { serve, turn, type Client } from '../../testing-fixtures/fake-upgrade.js';
import { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import { ClusterPeople } from './cluster-people.js';

let network: BusNetwork;

/** A hub, and what its limits would be compared with if it belonged to a cluster. */
interface LimitedNode {
  readonly bus: NetworkBus;
  readonly hub: Hub;
  readonly people: ClusterPeople;
  readonly limits: ConnectionLimits;
  /** Connects as the hub would: checked first. @throws {HandshakeError} */
  readonly connect: (user: string, ip?: string) => Client;
}

function node(connections: ConnectionLimitOptions): LimitedNode {
  const bus = network.join();
  const { hub, connect } = serve();
  const people: ClusterPeople = new ClusterPeople({
    bus,
    clock: network.clock,
    codecs: new KnownCodecs(),
    registry: hub.registry,
    connections,
    closedAsSurplus: (scope) => limits.closedAsSurplus(scope),
  });
  const limits = new ConnectionLimits(connections, people.users, people.addresses);
  return {
    bus,
    hub,
    people,
    limits,
    connect: (user, ip = '192.0.2.1') => {
      limits.checkRoom(ip);
      limits.checkUser(user);
      const client = connect({ user, ip });
      limits.opened(ip);
      void client.connection.closed.then(() => limits.closed(ip));
      return client;
    },
  };
}

async function pass(milliseconds: number): Promise<void> {
  await network.clock.advance(milliseconds);
  await turn();
  await network.clock.advance(0);
}

const codes = (clients: readonly Client[]): (number | undefined)[] =>
  clients.map(({ transport }) => transport.closes[0]?.code);

const REASON = 'Too many connections of this user';

beforeEach(() => {
  network = new BusNetwork();
});

describe('perUser on many nodes', () => {
  it('counts the connections to other nodes, and refuses at once', async () => {
    const [one, two] = [node({ perUser: 2 }), node({ perUser: 2 })];
    await pass(100);
    one.connect('ada');
    two.connect('ada');
    await pass(100);
    expect([one, two].map(({ people }) => people.users.of('ada'))).toEqual([2, 2]);
    for (const { connect } of [one, two]) expect(() => connect('ada')).toThrow(HandshakeError);
    expect(one.limits.stats.refused.user).toBe(1);
    expect(() => one.connect('bob')).not.toThrow();
  });

  it('lets somebody in again once a connection to another node has closed', async () => {
    const [one, two] = [node({ perUser: 2 }), node({ perUser: 2 })];
    await pass(100);
    one.connect('ada');
    const { connection } = two.connect('ada');
    await pass(100);
    connection.close();
    await pass(100);
    expect(() => one.connect('ada')).not.toThrow();
  });

  it('closes the one that came last, of two that two nodes let in at once', async () => {
    const [one, two, three] = [1, 2, 3].map(() => node({ perUser: 2 })) as [
      LimitedNode,
      LimitedNode,
      LimitedNode,
    ];
    await pass(100);
    const clients = [one.connect('ada')];
    await pass(1);
    clients.push(two.connect('ada'));
    await pass(1);
    clients.push(three.connect('ada'));
    await pass(2_000);
    expect(codes(clients)).toEqual([undefined, undefined, 1013]);
    expect(clients[2]?.transport.closes[0]?.reason).toBe(REASON);
    expect(three.limits.stats.refused.user).toBe(1);
    expect([one, two, three].map(({ people }) => people.users.of('ada'))).toEqual([2, 2, 2]);
  });

  it('closes as many as are too many, whoever hears what in which order', async () => {
    for (let seed = 0; seed < 20; seed++) {
      network = new BusNetwork();
      network.faults.delay = [1, 100];
      network.faults.doubling = 0.2;
      const nodes = [1, 2, 3, 4].map(() => node({ perUser: 3 }));
      await pass(100 + seed);
      const clients = nodes.flatMap(({ connect }) => [connect('ada'), connect('ada')]);
      await pass(5_000);
      const closed = codes(clients).filter((code) => code === 1013);
      expect(closed).toHaveLength(5);
      expect(nodes.map(({ people }) => people.users.of('ada'))).toEqual([3, 3, 3, 3]);
    }
  });

  it('follows a connection that signs in as somebody else', async () => {
    const [one, two] = [node({ perUser: 2 }), node({ perUser: 2 })];
    await pass(100);
    const { connection } = one.connect('ada');
    two.connect('bob');
    await pass(100);
    connection.user = 'bob';
    await pass(100);
    expect(two.people.users.of('bob')).toBe(2);
    expect(two.people.users.of('ada')).toBe(0);
    expect(one.limits.exceededBy('bob')).toBe(false);
    connection.user = undefined;
    await pass(100);
    expect(two.people.users.of('bob')).toBe(1);
  });

  it('counts only its own while the link is down, and the dead no more', async () => {
    const [one, two] = [node({ perUser: 1 }), node({ perUser: 1 })];
    await pass(100);
    one.connect('ada');
    const here = two.connect('bob');
    await pass(100);
    network.cut(two.bus);
    const moved = two.connect('ada');
    expect(two.people.users.of('ada')).toBe(1);
    network.crash(one.bus);
    await pass(100);
    network.mend(two.bus);
    await pass(20_000);
    expect(codes([here, moved])).toEqual([undefined, undefined]);
    expect(two.people.users.of('ada')).toBe(1);
  });

  it('closes nobody while a link flaps and a user moves between nodes', async () => {
    const [one, two] = [node({ perUser: 1 }), node({ perUser: 1 })];
    network.faults.delay = [1, 30];
    await pass(100);
    for (let round = 0; round < 30; round++) {
      const [from, to] = round % 2 === 0 ? [one, two] : [two, one];
      const client = from.connect('ada');
      network.cut(from.bus);
      client.connection.close();
      await pass(5);
      network.mend(from.bus);
      await pass(200);
      expect(codes([client])).not.toContain(1013);
      expect(to.people.users.of('ada')).toBe(0);
    }
  });

  it('costs nothing without the limit', async () => {
    const [one] = [node({}), node({})];
    await pass(100);
    one?.connect('ada');
    await pass(100);
    expect(network.published.messages).toBe(0);
  });
});

describe('perIp on many nodes', () => {
  it('is each node’s own by default', async () => {
    const [one, two] = [node({ perIp: 1 }), node({ perIp: 1 })];
    await pass(100);
    one.connect('ada');
    await pass(100);
    expect(() => two.connect('bob')).not.toThrow();
    expect(network.published.messages).toBe(0);
  });

  it('counts all nodes with scope cluster, and closes whoever came last', async () => {
    const options = { perIp: 2, scope: 'cluster' } as const;
    const [one, two] = [node(options), node(options)];
    await pass(100);
    const clients: Client[] = [];
    const heads = ['2001:db8::1', '2001:db8::2', '2001:db8::3'];
    for (const [index, ip] of heads.entries()) {
      clients.push((index % 2 === 0 ? one : two).connect(`user ${index}`, ip));
    }
    await pass(2_000);
    expect(codes(clients).filter((code) => code === 1013)).toHaveLength(1);
    for (const { connect } of [one, two]) {
      expect(() => connect('late', '2001:db8::4')).toThrow('from this address');
    }
    expect(() => one.connect('else', '2001:db8:0:1::1')).not.toThrow();
  });

  it('shows the broker no address', async () => {
    const one = node({ perIp: 2, scope: 'cluster' });
    one.connect('ada', '192.0.2.77');
    await pass(10);
    const channel = one.bus.held.find((name) => name.startsWith('i:')) ?? '';
    expect(channel).toMatch(/^i:[\w-]{16}$/);
    one.people.close();
    await pass(10_000);
    expect(one.bus.held).not.toContain(channel);
  });
});

it.each<[string, (connection: Connection) => void]>([
  ['closed', (connection) => connection.close()],
  ['terminated', (connection) => connection.terminate()],
])('holds nothing for connections that were %s', async (_how, end) => {
  const one = node({ perUser: 5, perIp: 100, scope: 'cluster' });
  node({ perUser: 5 });
  const held = one.bus.held.length;
  for (let index = 0; index < 50; index++) end(one.connect(`user ${index % 20}`).connection);
  await pass(20_000);
  expect(one.bus.held).toHaveLength(held);
});
