// Objects that users hold and classes they extend have the names their types publish, and no other.
import { afterEach, describe, expect, it } from '@jest/globals';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { AbstractWsAdapter } from '@nestjs/websockets';
import {
  Broadcaster,
  Cluster,
  ConnectedSocket,
  Connection,
  ConnectionRegistry,
  History,
  Hub,
  Mailbox,
  NestwireAdapter,
  OnMessage,
  Presence,
  Rooms,
  Sessions,
  WsGateway,
  type MessageContext,
} from 'nestwire';
import { connect as connectClient, presence, room } from 'nestwire/client';
import { WsTestClient } from 'nestwire/testing';
import { closeApps, startApp, type TestApp } from '../e2e/support/app.js';
import { classesWithHiddenNames, ENTRIES, unpublished, type Entry } from './support/published.js';

afterEach(closeApps);

/** Members that are not published, and why they have plain names all the same. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  nestwire: [
    // A hook of Nest, which calls it by that name.
    'GatewayMount: onModuleInit',
    // Those of Nest's own adapters, for classes that extend one of them.
    'NestwireAdapter: httpServer logger messageParser',
  ],
  // Hooks of Nest.
  'nestwire/health': ['WsHealth: onModuleDestroy onModuleInit'],
  'nestwire/inspector': ['InspectorModule: onModuleInit'],
};

/** What classes of ours had under plain names once, and what an application may call its own. */
const TAKEN =
  'codec phase joined tagged work requests rates slow attach sendEnvelope sendPrepared pause resume hold closeInfo onString onText onBinary onPing onPong onDrain onDropped onError onClose finish inCluster add identify remove alsoSettles evict exceptAll deliver at bus arrived begin streams onStream pace lateError transport owner core end client'.split(
    ' ',
  );

/** The engine's own interface, below the API of `ws`: hot, made by the engine alone, extended by nobody. */
const ENGINE = [
  'ClientConnection',
  'PreparedMessage',
  'SocketTransport',
  'UpgradeRequest',
  'UpgradeRouter',
  'WheelTimer',
];

describe('classes that an entry exports', () => {
  it.each(Object.keys(ENTRIES) as Entry[])(
    '%s: have no member beside the published ones',
    (entry) => {
      const found = classesWithHiddenNames(entry).filter(
        (line) => entry !== 'nestwire/engine' || !ENGINE.includes(line.split(':', 1)[0]!),
      );
      // A class may be exported by two names.
      expect([...new Set(found)]).toEqual(KNOWN[entry] ?? []);
    },
  );
});

const Call = createParamDecorator((_data: unknown, context: ExecutionContext): unknown =>
  context.getArgByIndex(2),
);

@WsGateway('/')
class Pub {
  connection!: Connection;
  context!: MessageContext;

  constructor(readonly rooms: Rooms) {}

  @OnMessage('enter')
  enter(@ConnectedSocket() connection: Connection, @Call() context: MessageContext): string {
    this.connection = connection;
    this.context = context;
    this.rooms.join(connection, 'pub');
    return connection.id;
  }
}

async function enter(): Promise<TestApp & { gateway: Pub; client: WsTestClient }> {
  const started = await startApp({ providers: [Pub] });
  const client = await WsTestClient.connect(started.app);
  await client.request('enter');
  return { ...started, client, gateway: started.app.get(Pub) };
}

describe('objects that a Nest application holds', () => {
  it('have the names of their types', async () => {
    const { app, gateway, client } = await enter();
    const { connection, context, rooms } = gateway;
    expect(unpublished(connection, 'nestwire', 'Connection')).toEqual([]);
    expect(unpublished(context, 'nestwire', 'MessageContext')).toEqual([]);
    expect(unpublished(rooms.to('pub'), 'nestwire', 'Broadcast')).toEqual([]);
    expect(unpublished(client, 'nestwire/testing', 'WsTestClient')).toEqual([]);
    expect(unpublished(connection.handshake, 'nestwire', 'HandshakeSnapshot')).toEqual(['toJSON']);
    for (const service of [
      Broadcaster,
      Cluster,
      ConnectionRegistry,
      History,
      Hub,
      Mailbox,
      Presence,
      Rooms,
      Sessions,
    ]) {
      expect([
        service.name,
        unpublished(app.get<object>(service), 'nestwire', service.name),
      ]).toEqual([service.name, []]);
    }
    const adapter = new NestwireAdapter(app);
    const own = unpublished(adapter, 'nestwire', 'NestwireAdapter', AbstractWsAdapter.prototype);
    expect(own).toEqual(['httpServer', 'logger', 'messageParser']);
    await client.close();
  });

  it('leave all other names to those who set properties', async () => {
    const { app, gateway, client } = await enter();
    const { connection, context } = gateway;
    for (const name of TAKEN) {
      for (const object of [connection, context, app.get(Rooms), app.get(ConnectionRegistry)]) {
        if (!(name in object)) Reflect.set(object, name, 'of the application');
      }
    }
    await client.request('enter');
    expect(app.get(Rooms).to('pub').send('news', 1)).toMatchObject({ sent: 1 });
    expect(await client.next('news')).toMatchObject({ data: 1 });
    const { closed } = connection;
    await client.close();
    await closed;
    expect(app.get(Rooms).has(connection, 'pub')).toBe(false);
    expect(app.get(ConnectionRegistry).size).toBe(0);
  });

  it('leave all other names to classes that extend them, whose methods are not called', async () => {
    const called: string[] = [];
    const set: [object, string][] = [];
    for (const { prototype } of [
      Connection,
      Rooms,
      ConnectionRegistry,
      Broadcaster,
      Mailbox,
      History,
    ]) {
      for (const name of TAKEN) {
        if (name in prototype) continue;
        Reflect.set(prototype, name, () => called.push(name));
        set.push([prototype, name]);
      }
    }
    try {
      const { app, client } = await enter();
      app.get(Rooms).to('pub').send('news', 1);
      await client.next('news');
      await client.close();
      await closeApps();
    } finally {
      for (const [prototype, name] of set) Reflect.deleteProperty(prototype, name);
    }
    expect(called).toEqual([]);
  });

  it('work behind a Proxy where they are connections, as those of tracers', async () => {
    const { app, gateway, client } = await enter();
    const proxy = new Proxy(gateway.connection, {});
    const rooms = app.get(Rooms);
    const registry = app.get(ConnectionRegistry);
    proxy.data['name'] = 'Ada';
    proxy.send('one', proxy.data);
    expect(await client.next('one')).toMatchObject({ data: { name: 'Ada' } });
    expect([proxy.id, proxy.handshake.path]).toEqual([gateway.connection.id, '/']);
    rooms.join(proxy, 'den');
    registry.tag(proxy, 'friend');
    expect([...rooms.members('den'), ...registry.byTag('friend')]).toEqual([
      gateway.connection,
      gateway.connection,
    ]);
    const { closed } = proxy;
    proxy.close(4000, 'bye');
    expect(await closed).toMatchObject({ code: 4000 });
    expect([rooms.size('den'), registry.byTag('friend').size]).toEqual([0, 0]);
    await client.expectClose(4000);
  });
});

describe('objects of the client', () => {
  it('have the names of their types', async () => {
    const { url } = await startApp({ providers: [Pub] });
    const client = connectClient(url, { autoConnect: false });
    expect(unpublished(client, 'nestwire/client', 'Client')).toEqual([]);
    expect(unpublished(room(client, 'pub'), 'nestwire/client', 'Room')).toEqual([]);
    expect(unpublished(presence(room(client, 'pub')), 'nestwire/client', 'RoomPresence')).toEqual(
      [],
    );
    client.close();
  });
});
