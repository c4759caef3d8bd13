import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Broadcaster,
  Cluster,
  ConnectedSocket,
  MemoryBrokerServer,
  memoryBroker,
  MessageBody,
  NestwireAdapter,
  OnConnect,
  OnMessage,
  Rooms,
  WsGateway,
  type Connection,
} from 'nestwire';
import { WsTestClient } from 'nestwire/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { closeApps, startApp, type TestApp } from '../e2e/support/app.js';

afterEach(closeApps);

@WsGateway('/chat')
class ChatGateway {
  constructor(private readonly rooms: Rooms) {}

  @OnConnect()
  async enter(@ConnectedSocket() connection: Connection) {
    this.rooms.join(connection, 'lobby');
    await this.rooms.settled('lobby');
  }

  @OnMessage('say')
  say(@MessageBody() text: string) {
    this.rooms.to('lobby').send('said', text);
  }
}

@WebSocketGateway({ path: '/old' })
class StandardGateway {
  constructor(private readonly broadcaster: Broadcaster) {}

  @SubscribeMessage('shout')
  shout(_client: unknown, text: string) {
    this.broadcaster.to('lobby').send('said', text);
  }
}

/** One more process of the application. */
function node(server: MemoryBrokerServer): Promise<TestApp> {
  return startApp({
    providers: [ChatGateway, StandardGateway],
    options: { broker: memoryBroker(server), cluster: { name: 'one of them' } },
    configure: (app) => app.useWebSocketAdapter(new NestwireAdapter(app)),
  });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('two applications with one broker', () => {
  it('are one: what is said in one is heard in the other', async () => {
    const server = new MemoryBrokerServer();
    const [one, two] = [await node(server), await node(server)];
    const ada = await WsTestClient.connect(one.app, '/chat');
    const bob = await WsTestClient.connect(two.app, '/chat');
    ada.send('say', 'hello');
    expect((await bob.next('said')).data).toBe('hello');
    expect((await ada.next('said')).data).toBe('hello');
  });

  it('hear a standard gateway of the other, that has the broadcaster injected', async () => {
    const server = new MemoryBrokerServer();
    const [one, two] = [await node(server), await node(server)];
    const old = await WsTestClient.connect(one.app, '/old');
    const oldElsewhere = await WsTestClient.connect(two.app, '/old');
    const bob = await WsTestClient.connect(two.app, '/chat');
    old.send('shout', 'hello');
    expect((await bob.next('said')).data).toBe('hello');
    // Clients of standard gateways are in no room of the hub.
    await oldElsewhere.expectNothing();
  });

  it('log which node is who, a broker that goes and comes, and a quiet end', async () => {
    let server = new MemoryBrokerServer();
    const broker = memoryBroker(() => server);
    const { app } = await startApp({ options: { broker } });
    const cluster = app.get(Cluster);
    // The application that was made last has Nest's logger.
    const { app: other, log } = await node(server);
    await until(() => cluster.nodes.length === 2);
    const { node: id } = other.get(Cluster);
    expect(log.of('log')).toContain(`This node is ${id} of the cluster`);
    expect(log.of('log')).toContain(`Node ${id} (one of them) has come`);
    await other.close();
    await until(() => cluster.nodes.length === 1);
    expect(log.of('log')).toContain(`Node ${id} (one of them) is gone`);
    expect(log.of('warn')).toEqual([]);
    server.close();
    await until(() => cluster.state !== 'up');
    server = new MemoryBrokerServer();
    await until(() => cluster.state === 'up');
    expect(log.of('warn')).toEqual([
      'The broker is away, this node goes on alone: The broker has closed',
    ]);
    expect(log.of('log')).toContain('The broker is back');
    await app.close();
    expect(log.of('warn')).toHaveLength(1);
  });
});
