import { describe, expect, it } from '@jest/globals';
import {
  Broadcaster,
  Cluster,
  Hub,
  memoryBroker,
  MemoryBrokerServer,
  OnMessage,
  Rooms,
  WsGateway,
  type SlowConsumer,
} from 'nestwire';
import { WsTestClient } from 'nestwire/testing';
import { closeApps, startApp, type TestApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';
import { ODD_NAMES } from './support/odd-names.js';
import { closeAfterEach, logged, startNodes, until } from './support/nest-nodes.js';
import { kIdentify } from '../../libs/hub/src/support/own-names.js';

closeAfterEach();

@WsGateway('/live')
class LiveGateway {
  @OnMessage('here')
  here(): boolean {
    return true;
  }
}

const app = { providers: [LiveGateway] };

async function two(server = new MemoryBrokerServer(), options = {}) {
  const [a, b] = await startNodes(2, { ...app, options }, () => memoryBroker(server));
  const client = await WsTestClient.connect(b!.app, '/live');
  const [connection] = b!.app.get(Hub).registry.findAll();
  return { a: a!, b: b!, client, connection: connection!, server };
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;

describe('what a node keeps', () => {
  it('for a broker that is dead is bounded, and local clients never wait for it', async () => {
    const { a, b, server } = await two();
    const local = await WsTestClient.connect(a.app, '/live');
    server.close();
    await until(() => a.app.get(Cluster).state !== 'up');
    const data = 'x'.repeat(64 * 1024);
    const before = process.memoryUsage().rss;
    for (let sent = 0; sent < 400; sent++) {
      a.app.get(Broadcaster).toAll().send('big', data);
      if (sent % 20 === 0) await local.request('here');
    }
    const { outbox, dropped } = a.app.get(Cluster).stats;
    expect(outbox.bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(outbox.entries + dropped.full).toBe(400);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
    for (let got = 0; got < 400; got++) await local.next('big');
    for (let sent = 0; sent < 100_000; sent++) a.app.get(Rooms).to('nobody').send('tiny', sent);
    expect(a.app.get(Cluster).stats.outbox.bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    await b.app.close();
  });

  it('of nodes that came and went is nothing', async () => {
    const { a, client, server } = await two();
    const rounds = 15;
    for (let round = 0; round < rounds; round++) {
      const hub = new Hub({ broker: memoryBroker(server) });
      await hub.start();
      await until(() => hub.cluster.nodes.length === 3);
      hub.broadcaster.toAll().send('from', round);
      expect(await client.next('from')).toMatchObject({ data: round });
      await hub.close();
    }
    await until(() => a.app.get(Cluster).nodes.length === 2);
    expect(a.app.get(Cluster).stats).toMatchObject({ gaps: 0, evicted: 0 });
  });

  it('after it has closed is no timer', async () => {
    await closeApps();
    await until(() => timers() < 3).catch(() => {});
    const before = timers();
    const { a, b, client, connection, server } = await two();
    b.app.get(Rooms).join(connection, 'room');
    // Histories of other nodes as well: what is published from now on comes.
    await b.app.get(Rooms).settled('room');
    await a.app.get(Hub).history.publish('room', 'kept', 1);
    await client.next('kept');
    await b.app.get(Hub).presence.track(connection, 'room');
    b.app.get(Rooms).leave(connection, 'room');
    await a.app.get(Hub).mailbox.send('x', 'mail');
    await client.close();
    await a.app.close();
    await b.app.close();
    server.close();
    await until(() => timers() <= before, 2_000);
  });
});

describe('what does not fit', () => {
  it('goes to local clients, and the others are told that it is missing', async () => {
    const { a, b, client, connection, server } = await two(
      new MemoryBrokerServer({ maxMessage: 100_000 }),
      { cluster: { notifyGap: true } },
    );
    const local = await WsTestClient.connect(a.app, '/live');
    b.app.get(Rooms).join(connection, 'room');
    await b.app.get(Rooms).settled('room');
    const rooms = Array.from({ length: 1_025 }, (_, index) => (index === 0 ? 'room' : `r${index}`));
    a.app.get(Rooms).to(rooms).send('many');
    await client.next('$gap');
    expect(a.app.get(Cluster).stats.dropped.address).toBe(1);
    a.app.get(Broadcaster).toAll().send('big', 'x'.repeat(200_000));
    await local.next('big');
    await client.next('$gap');
    expect(a.app.get(Cluster).stats.dropped['too-large']).toBe(1);
    // Whoever is left out counts as well.
    a.app.get(Rooms).to(rooms.slice(0, 1_024)).send('nearly');
    await client.next('nearly');
    expect(logged('warn', a, b).join('\n')).toContain(
      '1 messages never reach the other nodes: address',
    );
    expect(logged('warn', a, b).join('\n')).toContain(
      '1 messages never reach the other nodes: too-large',
    );
    // Once, however many there are: no client waits for an answer to them.
    for (let sent = 0; sent < 9; sent++) a.app.get(Rooms).to(rooms).send('many');
    expect(logged('error', a, b)).toEqual([
      'LimitError: Cannot send to other nodes: the limit is 1024 rooms, current value is 1025',
    ]);
    server.close();
  });
});

describe('names', () => {
  it('of rooms and users may be anything, and none is taken for another', async () => {
    const { a, b, client, connection, server } = await two(undefined, {
      maxRoomsPerConnection: 1_000,
    });
    const names = ODD_NAMES.filter((name) => name !== '');
    for (const name of names) b.app.get(Rooms).join(connection, name);
    for (const name of names) await b.app.get(Rooms).settled(name);
    for (const [index, name] of names.entries()) a.app.get(Rooms).to(name).send('room', index);
    for (let index = 0; index < names.length; index++) {
      expect(await client.next('room')).toMatchObject({ data: index });
    }
    for (const [index, name] of names.entries()) {
      connection.user = { id: name };
      b.app.get(Hub).registry[kIdentify](connection);
      await new Promise((resolve) => setTimeout(resolve, 1));
      for (const other of names)
        if (other !== name) a.app.get(Broadcaster).toUser(other).send('other');
      a.app.get(Broadcaster).toUser(name).send('user', index);
      expect(await client.next('user')).toMatchObject({ data: index });
      if (index > 20) break;
    }
    expect(client.unread).toEqual([]);
    const cluster = a.app.get(Hub).registry.cluster;
    for (const name of names) expect(await cluster.count({ room: name })).toBe(1);
    expect(new Set(await a.app.get(Rooms).cluster.names())).toEqual(new Set(names));
    server.close();
  });
});

describe('a node with another secret', () => {
  it('is none, and both say so once', async () => {
    const server = new MemoryBrokerServer();
    const nodes: TestApp[] = [];
    for (const secret of ['the first of two secrets', 'the second of two secrets', undefined]) {
      const cluster = secret === undefined ? {} : { secret };
      nodes.push(await startApp({ ...app, options: { broker: memoryBroker(server), cluster } }));
    }
    for (const node of nodes) node.app.get(Broadcaster).toAll().send('hello');
    await until(() =>
      nodes.every(({ app: one }) => one.get(Cluster).stats.ignored.unauthenticated > 1),
    );
    for (const node of nodes) expect(node.app.get(Cluster).nodes).toHaveLength(1);
    const warnings = logged('warn', ...nodes).filter((line) => line.includes('unauthenticated'));
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain('is the option cluster.secret the same on all nodes?');
    server.close();
  });
});

describe('a client that does not read', () => {
  it('is the concern of its node alone: the sender and all others notice nothing', async () => {
    const told: SlowConsumer[][] = [[], []];
    const [a, b] = await startNodes(2, app, undefined, (index) => ({
      onSlowConsumer: (info) => void told[index]!.push(info),
    }));
    const slow = await Client.connect(`${b!.url}/live`);
    slow.socket.pause();
    const healthy = await Promise.all(
      [a!, b!].map((node) => WsTestClient.connect(node.app, '/live')),
    );
    const blob = 'x'.repeat(64 * 1024);
    for (let sent = 0; sent < 400; sent++) {
      a!.app.get(Broadcaster).toAll().send('blob', { sent, blob });
      for (const client of healthy)
        expect(await client.next('blob')).toMatchObject({ data: { sent } });
    }
    await until(() => told[1]!.length > 0);
    expect(told).toMatchObject([[], [{ action: 'closed', limit: 'queue' }]]);
    expect(a!.app.get(Hub).stats.slowConsumers.closed.queue).toBe(0);
    expect(a!.app.get(Cluster).stats).toMatchObject({ gaps: 0, dropped: { full: 0 } });
    slow.socket.resume();
    expect((await slow.closed).code).toBe(1013);
    for (const client of healthy) expect(await client.request('here')).toBe(true);
  });
});
