import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Param, Post, UseGuards } from '@nestjs/common';
import {
  Broadcaster,
  CanJoin,
  ConnectedSocket,
  ConnectionRegistry,
  History,
  Hub,
  Mailbox,
  MessageBody,
  OnConnect,
  OnMessage,
  Presence,
  Rooms,
  VerifyClient,
  WsConfigurationError,
  WsGateway,
  type Connection,
  type RoomGrant,
} from 'nestwire';
import { closeApps, createApp, startApp } from '../e2e/support/app.js';
import { Client, Refused } from '../e2e/support/client.js';
import { deferred } from '../e2e/support/deferred.js';

afterEach(closeApps);

@WsGateway('/live')
class LiveGateway {
  constructor(
    private readonly rooms: Rooms,
    private readonly history: History,
    private readonly presence: Presence,
  ) {}

  @VerifyClient()
  verify(handshake: { query: Record<string, string> }): object {
    return { id: handshake.query['user'] ?? 'anonymous' };
  }

  @OnConnect()
  async connected(connection: Connection): Promise<void> {
    await this.presence.track(connection, 'everybody', { name: connection.userId });
  }

  @CanJoin()
  mayJoin(connection: Connection, room: string): RoomGrant | false {
    if (room === `private:${connection.userId}`) return {};
    return room.startsWith('public:') && { latest: 5 };
  }

  @OnMessage('publish')
  publish(@MessageBody('room') room: string, @MessageBody('text') text: string): Promise<unknown> {
    return this.history.publish(room, 'said', text);
  }

  @OnMessage('rooms')
  roomsOf(@ConnectedSocket() connection: Connection): string[] {
    return [...connection.rooms].filter((room) => this.rooms.size(room) > 0);
  }
}

@Controller()
class NotifyController {
  constructor(private readonly mailbox: Mailbox) {}

  @Post('notify/:user')
  notify(@Param('user') user: string): Promise<unknown> {
    return this.mailbox.send(user, 'notification', 'from HTTP');
  }
}

const app = () => startApp({ providers: [LiveGateway], controllers: [NotifyController] });

async function nextOf(client: Client, event: string) {
  for (;;) {
    const frame = await client.next();
    if (frame.event === event) return frame;
  }
}

describe('services in a Nest application', () => {
  it('are those of one hub, in every provider that asks for them', async () => {
    const services = [Broadcaster, ConnectionRegistry, History, Mailbox, Presence, Rooms] as const;
    @Injectable()
    class Asking {
      constructor(
        readonly broadcaster: Broadcaster,
        readonly history: History,
        readonly mailbox: Mailbox,
      ) {}
    }
    const { app: application } = await startApp({ providers: [Asking] });
    const hub = application.get(Hub);
    const found = services.map((service) => application.get<unknown>(service, { strict: false }));
    expect(found).toEqual([
      hub.broadcaster,
      hub.registry,
      hub.history,
      hub.mailbox,
      hub.presence,
      hub.rooms,
    ]);
    expect(application.get(Asking).mailbox).toBe(hub.mailbox);
  });

  it('let clients into the rooms @CanJoin grants, with what was said there', async () => {
    const { url } = await app();
    const ada = await Client.connect(`${url}/live?user=ada`);
    ada.send('publish', { room: 'public:lobby', text: 'hello' }, 1);
    await nextOf(ada, 'publish');
    ada.send('$join', { room: 'public:lobby' }, 2);
    expect(await nextOf(ada, '$joined')).toMatchObject({ data: { offset: 1, count: 1 } });
    expect(await nextOf(ada, 'said')).toMatchObject({ data: 'hello', at: { offset: 1 } });
    ada.send('$join', { room: 'private:bob' }, 3);
    expect(await nextOf(ada, 'exception')).toMatchObject({ id: 3, data: { code: 'FORBIDDEN' } });
    ada.send('$join', { room: 'private:ada' }, 4);
    await nextOf(ada, '$joined');
    ada.send('rooms', null, 5);
    expect(await nextOf(ada, 'rooms')).toMatchObject({
      data: ['everybody', 'public:lobby', 'private:ada'],
    });
  });

  it('ask about $join the guards of the @CanJoin method, and none of its class', async () => {
    const nobody = { canActivate: () => false };
    @UseGuards(nobody)
    @WsGateway('/class')
    class ClassGateway {
      @CanJoin()
      mayEnter(): boolean {
        return true;
      }
    }
    @WsGateway('/method')
    class MethodGateway {
      @UseGuards(nobody)
      @CanJoin()
      mayEnter(): boolean {
        return true;
      }
    }
    const { url } = await startApp({ providers: [ClassGateway, MethodGateway] });
    const one = await Client.connect(`${url}/class`);
    expect(await one.ask('$join', { room: 'lobby' }, 1)).toMatchObject({ event: '$joined' });
    const other = await Client.connect(`${url}/method`);
    expect(await other.ask('$join', { room: 'lobby' }, 1)).toMatchObject({
      data: { code: 'FORBIDDEN' },
    });
  });

  it('tell everybody who is there', async () => {
    const { url } = await app();
    const ada = await Client.connect(`${url}/live?user=ada`);
    expect(await ada.next()).toMatchObject({
      event: '$presence',
      data: { people: [{ key: 'ada', meta: { name: 'ada' }, connections: 1 }] },
    });
    const bob = await Client.connect(`${url}/live?user=bob`);
    let joined: unknown;
    while (!JSON.stringify(joined ?? '').includes('bob')) joined = (await ada.next()).data;
    bob.socket.terminate();
    while (!JSON.stringify(joined ?? '').includes('"left":["bob"]'))
      joined = (await ada.next()).data;
  });

  it('deliver what HTTP has sent to a user who was away', async () => {
    const { url } = await app();
    const response = await fetch(`${url.replace('ws', 'http')}/notify/ada`, { method: 'POST' });
    expect(await response.json()).toEqual({ delivered: 0, waiting: true });
    const ada = await Client.connect(`${url}/live?user=ada`);
    expect(await nextOf(ada, 'notification')).toMatchObject({ data: 'from HTTP' });
    const now = await fetch(`${url.replace('ws', 'http')}/notify/ada`, { method: 'POST' });
    expect(await now.json()).toEqual({ delivered: 1, waiting: false });
    await nextOf(ada, 'notification');
  });
});

describe('limits in a Nest application', () => {
  it('refuse with 503 whoever is too many, and know clients behind a trusted proxy', async () => {
    const { url } = await startApp({
      providers: [LiveGateway],
      options: { connections: { perIp: 1 }, trustedProxies: ['127.0.0.0/8'] },
    });
    const from = (ip: string): Promise<Client> =>
      Client.connect(`${url}/live`, { headers: { 'X-Forwarded-For': ip } });
    await from('192.0.2.1');
    await from('192.0.2.2');
    const refused = await from('192.0.2.1').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });

  it('refuse upgrades of one address that wait for verification, and let go of those decided', async () => {
    const gate = deferred();
    @WsGateway('/slow')
    class SlowGateway {
      @VerifyClient()
      async verify(): Promise<true> {
        await gate.promise;
        return true;
      }
    }
    const { app: application, url } = await startApp({
      providers: [SlowGateway],
      options: { connections: { pendingPerIp: 2 } },
    });
    const hub = application.get(Hub);
    const waiting = [Client.connect(`${url}/slow`), Client.connect(`${url}/slow`)];
    while (hub.stats.connections.pending < 2) await new Promise((resolve) => setImmediate(resolve));
    await expect(Client.connect(`${url}/slow`)).rejects.toMatchObject({ status: 503 });
    gate.resolve();
    await Promise.all(waiting);
    expect(hub.stats.connections).toMatchObject({
      open: 2,
      pending: 0,
      refused: { pending: 1 },
    });
    await Client.connect(`${url}/slow`);
  });

  it.each<[string, object]>([
    ['history', { history: { maxMessages: 0 } }],
    ['connections', { connections: { total: -1 } }],
    ['proxy', { trustedProxies: ['localhost'] }],
    ['slowConsumers', { slowConsumers: 'drop' }],
    ['maxBackpressure', { maxBackpressure: 0 }],
    ['maxPayloadLength', { maxPayloadLength: '1 MiB' }],
    ['closeOnBackpressureLimit', { closeOnBackpressureLimit: 1 }],
    ['rate', { rate: { connection: { messages: 0 } } }],
    ['sendBudget', { sendBudget: 0 }],
  ])('are checked when the application starts: %s', async (name, options) => {
    const start = createApp({ options }).then((application) => application.init());
    await expect(start).rejects.toThrow(WsConfigurationError);
    await expect(createApp({ options })).rejects.toThrow(name);
  });
});
