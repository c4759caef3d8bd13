// Clients of the broker that are no nodes: what they say on the channels of an application harms nobody.
import { randomBytes } from 'node:crypto';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Cluster,
  ConnectionRegistry,
  History,
  Hub,
  Mailbox,
  OnMessage,
  WsGateway,
  type Broker,
} from 'nestwire';
import { natsBroker } from 'nestwire/nats';
import { nodeClusterBroker, startPrimaryBroker, type PrimaryBroker } from 'nestwire/node-cluster';
import { redisBroker } from 'nestwire/redis';
import { WsTestClient } from 'nestwire/testing';
import { createClient } from 'redis';
import { NatsServer } from './support/nats-server.js';
import { closeAfterEach, logged, startNodes, until } from './support/nest-nodes.js';
import { freshApp } from './support/redis-clients.js';
import { RedisServer } from './support/redis-server.js';

/** Starting a server, and installing it when there is none. */
const INSTALL_TIMEOUT = 300_000;

closeAfterEach();

@WsGateway('/live')
class LiveGateway {
  @OnMessage('here')
  here(): boolean {
    return true;
  }
}

/** A client of the server that says anything anywhere. */
interface Stranger {
  say(where: string, message: Uint8Array): Promise<unknown>;
  /** Channels of the application, of every kind, and what looks like one. */
  channels(app: string, node: string): readonly string[];
  /** Rooms and users whose history and mailbox it has written to: none of ours goes on behind it. */
  readonly fills: readonly string[];
  end(): Promise<unknown>;
}

let redis: RedisServer;
let nats: NatsServer;
let primary: PrimaryBroker;

beforeAll(async () => {
  [redis, nats, primary] = await Promise.all([
    RedisServer.start(),
    NatsServer.start(),
    startPrimaryBroker(),
  ]);
}, INSTALL_TIMEOUT);

afterAll(async () => {
  await Promise.all([redis?.stop(), nats?.stop(), primary?.close()]);
});

async function ofRedis(): Promise<Stranger> {
  const client = await createClient({ url: redis.url }).connect();
  return {
    say: (where, message) => client.publish(where, Buffer.from(message)),
    channels: (app, node) =>
      ['all', `n:${node}`, '{r:room}', '{r:room}:h', '{u:x}', '{r:', '{r:%zz}', '', 'n:', ':h'].map(
        (part) => `nw:${app}:${part}`,
      ),
    fills: [],
    end: () => client.close(),
  };
}

async function ofNats(): Promise<Stranger> {
  const connection = await connect({ servers: nats.url });
  return {
    async say(where, message) {
      connection.publish(where, message);
      await connection.flush();
    },
    channels: (app, node) =>
      [
        ...['c', 'l', '~'].flatMap((kind) => [
          `${kind}.stranger.x.a`,
          `${kind}.stranger.n.${node}`,
          `${kind}.stranger.r.room`,
          `${kind}.${node}.r.room`,
        ]),
        `p.${node}`,
        'h.room',
        'f.room',
        'h.~!',
        'i.x',
        'b.x',
      ].map((part) => `nw.${app}.${part}`),
    fills: ['room', 'x'],
    end: () => connection.close(),
  };
}

/** A worker that is none of the application's: it may say what it likes, and to histories and mail as well. */
async function ofPrimary(): Promise<Stranger> {
  const broker = nodeClusterBroker({ path: primary.path });
  const node = randomBytes(8).toString('hex');
  const session = await broker.open({ node, received() {}, closed() {} });
  const bounds = { maxMessages: 100, maxBytes: 1024 * 1024, maxAge: 60_000 };
  const box = { maxMessages: 100, maxBytes: 1024 * 1024 };
  return {
    async say(where, message) {
      if (where === 'history') return broker.history?.append('room', message, bounds);
      const mail = { body: message, expiresAt: Date.now() + 60_000, size: message.length };
      if (where === 'mail') return broker.mailbox?.push('x', mail, box);
      return session.send([{ channel: where, message, seq: 0, copy: 0 }], false);
    },
    channels: (_app, id) => [
      'a',
      `n:${id}`,
      'r:room',
      'u:x',
      'r:',
      '',
      'n:',
      'x',
      'history',
      'mail',
    ],
    fills: [],
    end: async () => session.destroy(),
  };
}

const MESSAGES: readonly Uint8Array[] = [
  new Uint8Array(),
  Buffer.from('another application says hello'),
  Buffer.from('{"event":"$mail","data":null}'),
  Buffer.from([0x4e, 0x57, 1, 0, 0, 0, 0, 0]),
  new Uint8Array(64 * 1024).fill(0xff),
  randomBytes(10_000),
];

describe.each<[string, () => Promise<Stranger>, (app: string) => Broker]>([
  ['Redis', ofRedis, (app) => redisBroker({ app, url: redis.url })],
  ['NATS', ofNats, (app) => natsBroker({ app, servers: nats.url })],
  ['a primary process', ofPrimary, () => nodeClusterBroker({ path: primary.path })],
])('whatever a client of %s says on the channels of an application', (_name, of, broker) => {
  it('keeps no broadcast, history or client away', async () => {
    const name = freshApp();
    const [a, b] = await startNodes(2, { providers: [LiveGateway] }, () => broker(name));
    const client = await WsTestClient.connect(a!.app, '/live');
    const hub = a!.app.get(Hub);
    const [connection] = a!.app.get(ConnectionRegistry).findAll();
    await hub.history.join(connection!, 'room', {});
    await hub.rooms.settled('room');
    await b!.app.get(History).publish('room', 'kept', 1);
    await client.next('kept');

    const stranger = await of();
    const { node, stats } = a!.app.get(Cluster);
    for (const channel of stranger.channels(name, node)) {
      // Some are no names that the server takes.
      for (const message of MESSAGES) await stranger.say(channel, message).catch(() => {});
    }
    await stranger.end();
    const ignored = (): number =>
      Object.values(a!.app.get(Cluster).stats.ignored).reduce((sum, one) => sum + one, 0);
    await until(() => ignored() > Object.values(stats.ignored).reduce((sum, one) => sum + one, 0));

    b!.app.get(Hub).broadcaster.to('room').send('after', 2);
    await client.next('after');
    const [history, mailbox] = [b!.app.get(History), b!.app.get(Mailbox)];
    for (const [inTheWay, attempt, clear] of [
      ['room', () => history.publish('room', 'kept', 3), () => history.clear('room')],
      ['x', () => mailbox.send('x', 'mail', 4), () => mailbox.clear('x')],
    ] as const) {
      if (stranger.fills.includes(inTheWay)) {
        const refusal: Error = await attempt().then(
          () => new Error('not refused'),
          (error: Error) => error,
        );
        expect(refusal).toMatchObject({ code: 'UNAVAILABLE' });
        expect(String(refusal.cause)).toMatch(/subject nw\..* is of another format/);
        await clear();
      }
      await attempt();
    }
    expect(await client.next('kept')).toMatchObject({ data: 3 });
    expect(await mailbox.waiting('x')).toMatchObject([{ data: 4 }]);
    expect(await client.request('here')).toBe(true);
    expect(a!.app.get(Cluster).state).toBe('up');
    expect(logged('error', a!, b!)).toEqual(
      // Once a minute, however many there are.
      stranger.fills
        .slice(0, 1)
        .map(() => expect.stringMatching(/caused by .*: message \d+, its newest, is of/)),
    );
    await client.close();
  }, 60_000);
});
