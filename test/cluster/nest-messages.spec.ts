import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';
import {
  Broadcaster,
  CanJoin,
  Cluster,
  ConnectedSocket,
  ConnectionRegistry,
  createMsgpackCodec,
  EncodeError,
  History,
  Mailbox,
  MemoryBrokerServer,
  MessageBody,
  OnMessage,
  Presence,
  Protocol,
  Rooms,
  VerifyClient,
  WsGateway,
  type Codec,
  type Connection,
  type RequestResult,
  type RoomGrant,
} from 'nestwire';
import { WsTestClient, WsExceptionError } from 'nestwire/testing';
import type { TestApp } from '../e2e/support/app.js';
import { brokersOf, closeAfterEach, logged, startNodes, until } from './support/nest-nodes.js';

let server: MemoryBrokerServer;
beforeEach(() => {
  server = new MemoryBrokerServer();
});
closeAfterEach();
afterEach(() => server.close());

const SECRET = 'handshake-secret-of-a-client';

@WsGateway('/live')
class LiveGateway {
  constructor(
    private readonly rooms: Rooms,
    private readonly history: History,
    private readonly presence: Presence,
    private readonly registry: ConnectionRegistry,
  ) {}

  @VerifyClient()
  verify(handshake: { query: Record<string, string> }): object {
    return { id: handshake.query['user'] ?? 'anonymous', password: SECRET };
  }

  @CanJoin()
  mayJoin(_connection: Connection, room: string): RoomGrant | false {
    return !room.startsWith('private') && { latest: 5 };
  }

  @OnMessage('enter')
  async enter(
    @ConnectedSocket() connection: Connection,
    @MessageBody('room') room: string,
  ): Promise<boolean> {
    const entered = this.rooms.join(connection, room);
    await this.rooms.settled(room);
    return entered;
  }

  @OnMessage('say')
  say(
    @ConnectedSocket() connection: Connection,
    @MessageBody('room') room: string,
    @MessageBody('text') text: string,
  ): void {
    this.rooms.to(room).except(connection).send('said', text);
  }

  @OnMessage('track')
  async track(@ConnectedSocket() connection: Connection, @MessageBody('room') room: string) {
    await this.presence.track(connection, room, { name: connection.userId });
  }

  @OnMessage('ask')
  ask(@MessageBody('room') room: string): Promise<RequestResult> {
    return this.rooms.to(room).request('question', 1, { timeout: 500 });
  }

  @OnMessage('find')
  find(@MessageBody('user') user: string): unknown {
    return this.registry.cluster.findAll({ user });
  }

  @OnMessage('count')
  count(): Promise<number> {
    return this.registry.cluster.count();
  }

  @OnMessage('partial')
  partial(): unknown {
    return this.registry.cluster.findAll({}, { timeout: 100, partial: true });
  }

  @OnMessage('publish')
  publish(@MessageBody('room') room: string, @MessageBody('text') text: string) {
    return this.history.publish(room, 'said', text);
  }
}

@WsGateway('/packed')
@Protocol('msgpack')
class PackedGateway extends LiveGateway {}

@Controller()
class NewsController {
  constructor(private readonly broadcaster: Broadcaster) {}

  @Get('news/:text')
  news(@Param('text') text: string): object {
    return this.broadcaster.toAll().send('news', text);
  }
}

const app = { providers: [LiveGateway, PackedGateway], controllers: [NewsController] };
const codec = await createMsgpackCodec();

const json = (node: TestApp, user: string) =>
  WsTestClient.connect(node.app, '/live', { query: { user } });
const packed = (node: TestApp, user: string) =>
  WsTestClient.connect(node.app, '/packed', { query: { user }, protocols: 'msgpack', codec });

async function three() {
  const nodes = await startNodes(3, app, brokersOf(server));
  return nodes as [TestApp, TestApp, TestApp];
}

describe('a broadcast', () => {
  it('reaches clients of JSON and of MessagePack on every node, once', async () => {
    const [a, b, c] = await three();
    const clients = await Promise.all([
      json(a, 'ada'),
      json(b, 'bob'),
      packed(b, 'eve'),
      packed(c, 'cyd'),
    ]);
    const [ada, bob, eve, cyd] = clients;
    for (const client of clients) await client.request('enter', { room: 'lobby' });

    ada.send('say', { room: 'lobby', text: 'hello' });
    for (const client of [bob, eve, cyd]) {
      expect(await client.next('said')).toMatchObject({ data: 'hello' });
    }
    await fetch(`http://127.0.0.1:${c.port}/news/printed`);
    for (const client of clients) {
      expect(await client.next('news')).toMatchObject({ data: 'printed' });
    }
    const bytes = Uint8Array.of(0, 1, 255);
    a.app.get(Broadcaster).toUser('cyd').send('bytes', bytes);
    expect(Buffer.from((await cyd.next('bytes')).data as Uint8Array)).toEqual(Buffer.from(bytes));
    b.app.get(Rooms).to('lobby').sendRaw(bytes);
    for (const client of [ada, bob]) expect(await client.nextBinary()).toEqual(Buffer.from(bytes));

    a.app.get(Rooms).to('lobby').local.send('here');
    expect(await ada.next('here')).toBeDefined();
    // One more round to every node: nothing else has come.
    a.app.get(Broadcaster).toAll().send('last');
    for (const client of clients) {
      await client.next('last');
      expect(client.unread).toEqual([]);
    }
  });

  it('leaves out connections and rooms of other nodes', async () => {
    const [a, b, c] = await three();
    const [ada, bob, cyd] = await Promise.all([json(a, 'ada'), json(b, 'bob'), json(c, 'cyd')]);
    await bob.request('enter', { room: 'muted' });
    const [ref] = await a.app.get(ConnectionRegistry).cluster.findAll({ user: 'cyd' });
    const local = c.app.get(ConnectionRegistry).get(ref!.id)!;
    a.app.get(Broadcaster).toAll().except('muted').send('one');
    c.app.get(Broadcaster).toAll().except(local).send('two');
    await ada.next('one');
    await ada.next('two');
    await cyd.next('one');
    await bob.next('two');
    a.app.get(Broadcaster).toAll().send('last');
    for (const client of [ada, bob, cyd]) {
      await client.next('last');
      expect(client.unread).toEqual([]);
    }
  });

  it('is checked by codecs that only another node has', async () => {
    const [a, b] = await startNodes(2, app, brokersOf(server));
    const [ada, eve] = await Promise.all([json(a!, 'ada'), packed(b!, 'eve')]);
    // JSON cannot carry it: whoever has JSON at hand is told so, and nobody gets half of it.
    expect(() => a!.app.get(Broadcaster).toAll().send('big', 1n)).toThrow(EncodeError);
    expect(ada.unread).toEqual([]);
    a!.app.get(Broadcaster).toAll().send('fine', { a: 1 });
    expect(await eve.next('fine')).toMatchObject({ data: { a: 1 } });
  });

  it('reaches a client whose codec the sender has never seen', async () => {
    const shout: Codec = {
      name: 'shout',
      encode: (envelope) => JSON.stringify(envelope).toUpperCase(),
      decode: (text) => JSON.parse(String(text).toLowerCase()) as never,
    };
    @WsGateway('/shout')
    @Protocol('shout')
    class ShoutGateway {}
    const nodes = await startNodes(
      2,
      { providers: [LiveGateway, ShoutGateway] },
      brokersOf(server),
      (index) => (index === 1 ? { codecs: { shout } } : { codecs: { shout: 'json' } }),
    );
    const client = await WsTestClient.connect(nodes[1]!.app, '/shout', { protocols: 'shout' });
    nodes[0]!.app.get(Broadcaster).toAll().send('hello', 'you');
    expect(await client.nextText()).toBe('{"EVENT":"HELLO","DATA":"YOU"}');
    expect(nodes[1]!.app.get(Cluster).stats.reencoded).toBeGreaterThan(0);
  });
});

describe('a room with a history', () => {
  it('has one order, whoever publishes, and a client goes on at another node', async () => {
    const [a, b, c] = await three();
    const [ada, bob] = await Promise.all([json(a, 'ada'), packed(b, 'bob')]);
    const joined = await ada.request<{ at?: unknown }>('$join', { room: 'chat' });
    await bob.request('$join', { room: 'chat' });
    expect(joined).toBeDefined();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? a : b).app.get(History).publish('chat', 'said', index),
      ),
    );
    const seen: unknown[][] = [];
    for (const client of [ada, bob]) {
      const frames = [];
      for (let count = 0; count < 50; count++) frames.push(await client.next('said'));
      expect(frames.map(({ at }) => at?.offset)).toEqual(
        Array.from({ length: 50 }, (_, at) => at + 1),
      );
      seen.push(frames.map(({ data }) => data));
    }
    expect(seen[0]).toEqual(seen[1]);
    const { at } = await c.app
      .get(History)
      .publish('chat', 'said', 'last')
      .then((place) => ({ at: place }));
    expect(at.offset).toBe(51);
    await ada.next('said');
    await ada.close();
    const again = await json(c, 'ada');
    again.send('$join', { room: 'chat', epoch: at.epoch, offset: 48 }, 1);
    const messages = [];
    for (let count = 0; count < 3; count++) messages.push((await again.next('said')).at?.offset);
    expect(messages).toEqual([49, 50, 51]);
    expect(again.transcript).toContain('"recovered":true');
    const stranger = await json(c, 'eve');
    await expect(stranger.request('$join', { room: 'private' })).rejects.toThrow(WsExceptionError);
  });

  it('tells newcomers of a room of which only the latest counts that one, at every node', async () => {
    const nodes = await startNodes(
      2,
      {
        ...app,
        options: { history: { room: (room) => ({ latestOnly: room.startsWith('score') }) } },
      },
      brokersOf(server),
    );
    for (let score = 1; score <= 5; score++) {
      await nodes[0]!.app.get(History).publish('score:1', 'score', score);
    }
    const client = await json(nodes[1]!, 'ada');
    await client.request('$join', { room: 'score:1' });
    expect(await client.next('score')).toMatchObject({ data: 5 });
  });
});

describe('people of all nodes', () => {
  it('are in the list of presence, come and go', async () => {
    const [a, b, c] = await three();
    const [ada, bob] = await Promise.all([json(a, 'ada'), json(b, 'bob')]);
    await ada.request('track', { room: 'office' });
    await bob.request('track', { room: 'office' });
    await until(async () => (await c.app.get(Presence).people('office')).length === 2);
    await bob.close();
    await until(async () => (await a.app.get(Presence).people('office')).length === 1);
    expect(await c.app.get(Presence).people('office')).toMatchObject([{ meta: { name: 'ada' } }]);
  });

  it('are closed everywhere at once', async () => {
    const [a, b, c] = await three();
    const clients = await Promise.all([
      json(a, 'eve'),
      json(b, 'eve'),
      packed(c, 'eve'),
      json(c, 'ada'),
    ]);
    const ada = clients.pop()!;
    const count = await a.app
      .get(ConnectionRegistry)
      .cluster.disconnectUser('eve', 4401, 'signed out');
    expect(count).toBe(3);
    for (const client of clients) {
      expect(await client.closed).toMatchObject({ code: 4401, reason: 'signed out' });
    }
    await until(async () => (await ada.request('count')) === 1);
  });

  it('have no more connections than they may, on whichever node', async () => {
    const [a, b] = await startNodes(
      2,
      { ...app, options: { connections: { perUser: 2 } } },
      brokersOf(server),
    );
    await json(a!, 'ada');
    await json(b!, 'ada');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const third = await json(a!, 'ada').then(
      async (client) => (await client.closed).code,
      (error: { status?: number }) => error.status,
    );
    expect([1013, 503]).toContain(third);
    await json(b!, 'bob');
  });

  it('get their mail once, whoever acknowledges it', async () => {
    const [a, b, c] = await three();
    const [one, two] = await Promise.all([json(a, 'ada'), packed(b, 'ada')]);
    await c.app.get(Mailbox).send('ada', 'invoice', 7, { acknowledge: true });
    const mail = await one.next('invoice');
    expect((await two.next('invoice')).mail).toBe(mail.mail);
    const acks = await Promise.allSettled([
      one.request('$ack', { mail: mail.mail }),
      two.request('$ack', { mail: mail.mail }),
    ]);
    expect(acks.some(({ status }) => status === 'fulfilled')).toBe(true);
    const late = await json(c, 'ada');
    expect(await late.request('count')).toBe(3);
    expect(late.unread).toEqual([]);
  });
});

describe('what a handler returns of other nodes', () => {
  it.each([
    ['JSON', json],
    ['MessagePack', packed],
  ])('holds nothing of their handshakes (%s)', async (_, connect) => {
    const [a, b, c] = await three();
    const [asker, ada, bob, mute] = await Promise.all([
      connect(a, 'asker'),
      json(a, 'ada'),
      packed(b, 'bob'),
      json(c, 'mute'),
    ]);
    for (const client of [ada, bob, mute]) await client.request('enter', { room: 'jury' });
    const answers = [ada, bob].map(async (client) => {
      const { id } = await client.next('question');
      client.send('$answer', 'yes', id);
    });
    const result = await asker
      .request<{ answers: unknown[]; missing: unknown[] }>('ask', { room: 'jury' })
      .catch((error: unknown) => error);
    await Promise.allSettled(answers);
    const text = JSON.stringify(result) + asker.transcript;
    expect(text).toContain('connection');
    for (const leak of [SECRET, 'headers', '127.0.0.1', 'password', 'sec-websocket']) {
      expect(text).not.toContain(leak);
    }
    const found = await asker.request<object[]>('find', { user: 'bob' });
    expect(found).toEqual([{ id: expect.any(String) }]);
    expect(await asker.request('find', { user: 'ada' })).toEqual([{ id: expect.any(String) }]);
  });

  it('is an UNAVAILABLE, without what the others said, when a node does not answer', async () => {
    const [a, b] = await startNodes(2, app, brokersOf(server));
    const client = await json(a!, 'ada');
    await json(b!, 'bob');
    server.close();
    await until(() => a!.app.get(Cluster).state !== 'up');
    const failed = await client.request('count').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(WsExceptionError);
    expect(failed).toMatchObject({ code: 'UNAVAILABLE' });
    expect(client.transcript).not.toContain('value');
    expect(logged('error', a!, b!)).toEqual([]);
    const partial = await client.request<{ complete: boolean; value: object[] }>('partial');
    expect(partial).toMatchObject({ complete: false, value: [{ id: expect.any(String) }] });
    expect(JSON.stringify(partial)).not.toContain(SECRET);
  });
});

describe('a connection of another node', () => {
  it('is sent to and closed, and says what it cannot', async () => {
    const [a, b] = await startNodes(2, app, brokersOf(server));
    const bob = await packed(b!, 'bob');
    const ref = (await a!.app.get(ConnectionRegistry).cluster.find({ user: 'bob' }))!;
    expect(ref.node).toBe(b!.app.get(Cluster).node);
    ref.send('hello', { at: 1 });
    expect(await bob.next('hello')).toMatchObject({ data: { at: 1 } });
    expect(() => ref.close(1005)).toThrow('1005');
    expect(() => ref.close(4000, 'x'.repeat(124))).toThrow('123');
    expect(() => ref.send('big', 'x'.repeat(70_000))).toThrow('at most');
    expect(() => ref.send('bad', 1n)).toThrow(EncodeError);
    // As at home, an event may be anything; what does not fit is said, not lost.
    const eve = await json(b!, 'eve');
    const other = (await a!.app.get(ConnectionRegistry).cluster.find({ user: 'eve' }))!;
    for (const event of ['', ' \n', 'x'.repeat(1_024)]) {
      other.send(event, 1);
      expect(await eve.next()).toMatchObject({ event, data: 1 });
    }
    expect(() => ref.send('x'.repeat(5_000), 1)).toThrow('at most 4096 characters');
    expect(() => ref.close(undefined, 'only a reason')).toThrow('a status code is needed too');
    ref.close(4000, 'enough');
    expect(await bob.closed).toMatchObject({ code: 4000, reason: 'enough' });
    expect(() => ref.send('late', 1)).not.toThrow();
    expect(() => ref.close()).not.toThrow();
    expect(logged('error', a!, b!)).toEqual([]);
  });
});
