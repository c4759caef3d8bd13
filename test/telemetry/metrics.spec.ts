import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ValidationPipe } from '@nestjs/common';
import { IsInt } from 'class-validator';
import {
  ConnectedSocket,
  History,
  Hub,
  memoryBroker,
  MemoryBrokerServer,
  MessageBody,
  OnConnect,
  onDiagnostics,
  OnMessage,
  RateLimit,
  Rooms,
  WsGateway,
  type Connection,
  type Diagnostics,
  type WsModuleOptions,
} from 'nestwire';
import { TelemetryModule } from 'nestwire/telemetry';
import { closeApps, startApp, type TestApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';
import { TestMetrics } from './support/sdk.js';

class Move {
  @IsInt()
  x!: number;
}

@WsGateway('/games/:game')
class GameGateway {
  constructor(
    private readonly rooms: Rooms,
    private readonly history: History,
  ) {}

  @OnConnect()
  enter(@ConnectedSocket() connection: Connection): void {
    this.rooms.join(connection, 'players');
  }

  @OnMessage('move')
  move(@MessageBody(new ValidationPipe({ expectedType: Move })) move: Move): number {
    return move.x;
  }

  @OnMessage('shout')
  shout(@MessageBody() text: string): void {
    this.rooms.to('players').send('shouted', text);
  }

  @RateLimit({ messages: 1, per: 60_000 })
  @OnMessage('rare')
  rare(): string {
    return 'once';
  }

  @OnMessage('follow')
  async follow(@ConnectedSocket() connection: Connection): Promise<void> {
    await this.history.join(connection, 'moves');
  }
}

let metrics: TestMetrics;

beforeEach(() => {
  metrics = new TestMetrics();
});

afterEach(closeApps);

function start(options: WsModuleOptions = {}): Promise<TestApp> {
  const telemetry = TelemetryModule.forRoot({ traces: false, meterProvider: metrics.provider });
  return startApp({ providers: [GameGateway], imports: [telemetry], options });
}

function next<Name extends keyof Diagnostics>(name: Name): Promise<Diagnostics[Name]> {
  return new Promise((resolve) => {
    const stop = onDiagnostics(name, (message) => {
      stop();
      resolve(message);
    });
  });
}

async function ask(client: Client, event: string, data?: unknown): Promise<void> {
  client.send(event, data, 1);
  await client.next();
}

const PATH = { 'nestwire.path': '/games/:game' };

describe('metrics', () => {
  it('count connections, and how long they were, by path and end', async () => {
    const { url } = await start();
    const clients = [
      await Client.connect(`${url}/games/a`),
      await Client.connect(`${url}/games/b`),
    ];
    expect(await metrics.value('nestwire.server.active_connections', PATH)).toBe(2);
    expect(await metrics.value('nestwire.server.rooms')).toBe(1);
    const closed = next('nestwire:hub:close');
    clients[0]!.socket.terminate();
    await closed;
    const [ended] = await metrics.points('nestwire.server.connection.duration');
    expect(ended).toMatchObject({
      attributes: { ...PATH, 'nestwire.connection.status': 'lost' },
      value: 1,
    });
    expect(ended?.sum).toBeLessThan(30);
    expect(await metrics.value('nestwire.server.active_connections', PATH)).toBe(1);
    clients[1]!.socket.close();
  });

  it('count upgrades by how they were decided', async () => {
    const { url } = await start({ connections: { total: 1 } });
    const client = await Client.connect(`${url}/games/a`);
    await expect(Client.connect(`${url}/games/b`)).rejects.toThrow();
    const points = await metrics.points('nestwire.server.upgrade.duration');
    expect(points.map(({ attributes }) => attributes)).toEqual([
      { ...PATH, 'nestwire.outcome': 'accepted', 'http.response.status_code': 101 },
      { ...PATH, 'nestwire.outcome': 'refused', 'http.response.status_code': 503 },
    ]);
    client.socket.close();
  });

  it('count messages and bytes both ways, and the time of handlers by event', async () => {
    const { url } = await start();
    const client = await Client.connect(`${url}/games/a`);
    const frame = JSON.stringify({ event: 'move', data: { x: 7 }, id: 1 });
    client.socket.send(frame);
    const answer = JSON.stringify(await client.next());
    const [into, out] = [
      { ...PATH, 'network.io.direction': 'receive' },
      { ...PATH, 'network.io.direction': 'transmit' },
    ];
    expect(await metrics.value('nestwire.server.messages', into)).toBe(1);
    expect(await metrics.value('nestwire.server.io', into)).toBe(frame.length);
    expect(await metrics.value('nestwire.server.messages', out)).toBe(1);
    expect(await metrics.value('nestwire.server.io', out)).toBe(answer.length);
    expect(await metrics.points('nestwire.server.message.duration')).toMatchObject([
      {
        attributes: { ...PATH, 'nestwire.event': 'move', 'nestwire.outcome': 'answered' },
        value: 1,
      },
    ]);
    client.socket.close();
  });

  it('count all handlers, and of many record a sample of the durations', async () => {
    const { url } = await start();
    const client = await Client.connect(`${url}/games/a`);
    const frame = JSON.stringify({ event: 'shout', data: 'x' });
    for (let n = 0; n < 5_000; n++) client.socket.send(frame);
    const received = { ...PATH, 'network.io.direction': 'receive' };
    while ((await metrics.value('nestwire.server.messages', received)) < 5_000) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const event = { 'nestwire.event': 'shout' };
    expect(await metrics.value('nestwire.server.handled_messages', event)).toBe(5_000);
    const recorded = await metrics.value('nestwire.server.message.duration', event);
    expect(recorded).toBeGreaterThan(900);
    expect(recorded).toBeLessThanOrEqual(5_000);
    client.socket.terminate();
  });

  it('have few attributes, whatever clients send', async () => {
    const { url } = await start();
    const client = await Client.connect(`${url}/games/a`);
    for (let n = 0; n < 50; n++) await ask(client, `\u0000<b>${n}</b>`, { x: 'y' });
    await ask(client, 'move', { x: 'left' });
    await ask(client, 'rare');
    await ask(client, 'rare');
    expect(await metrics.points('nestwire.server.refused_messages')).toMatchObject([
      { attributes: { ...PATH, 'nestwire.reason': 'unknown_event' }, value: 50 },
      { attributes: { ...PATH, 'nestwire.reason': 'bad_request' }, value: 1 },
      { attributes: { ...PATH, 'nestwire.reason': 'rate_limited' }, value: 1 },
    ]);
    expect(await metrics.points('nestwire.server.rate_limited_messages')).toMatchObject([
      { attributes: { 'nestwire.limit': 'connection', 'nestwire.action': 'drop' }, value: 1 },
    ]);
    const names = [...(await metrics.all()).values()].flat().flatMap(({ attributes }) => {
      return Object.values(attributes).map(String);
    });
    expect(names.filter((name) => name.includes('<b>'))).toEqual([]);
    client.socket.close();
  });

  it('count what broadcasts and recoveries come to', async () => {
    const { url } = await start();
    const clients = [
      await Client.connect(`${url}/games/a`),
      await Client.connect(`${url}/games/b`),
    ];
    clients[0]!.send('shout', 'hello');
    await Promise.all(clients.map((client) => client.next()));
    await ask(clients[0]!, 'follow');
    expect(await metrics.points('nestwire.server.broadcast.duration')).toMatchObject([
      { attributes: { 'nestwire.origin': 'local' }, value: 1 },
    ]);
    expect(
      await metrics.value('nestwire.server.broadcast.deliveries', { 'nestwire.outcome': 'sent' }),
    ).toBe(2);
    expect(await metrics.points('nestwire.server.recoveries')).toMatchObject([
      { attributes: { ...PATH, 'nestwire.result': 'new' }, value: 1 },
    ]);
    for (const { socket } of clients) socket.close();
  });

  it('count what slow clients cost, and what waits for them', async () => {
    const { app, url } = await start({
      slowConsumers: 'drop-new',
      limits: { sendHardLimit: 65_536 },
    });
    const client = await Client.connect(`${url}/games/a`);
    client.socket.pause();
    const dropped = next('nestwire:slow:dropped');
    const hub = app.get(Hub);
    const blob = 'x'.repeat(65_536);
    for (let n = 0; n < 400; n++) {
      hub.broadcaster.toAll().send('blob', blob);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await dropped;
    const policy = { ...PATH, 'nestwire.policy': 'drop-new' };
    const { slowConsumers } = hub.stats;
    expect(await metrics.value('nestwire.server.dropped_messages', policy)).toBe(
      slowConsumers.dropped['drop-new'],
    );
    expect(await metrics.value('nestwire.server.queue', PATH)).toBeGreaterThan(0);
    client.socket.terminate();
  });

  it('tell of the cluster: its nodes, its links and what waits', async () => {
    const server = new MemoryBrokerServer();
    await start({ broker: memoryBroker(server) });
    const up = { 'nestwire.cluster.state': 'up' };
    expect(await metrics.value('nestwire.cluster.state', up)).toBe(1);
    expect(await metrics.value('nestwire.cluster.nodes')).toBe(1);
    expect(await metrics.value('nestwire.cluster.outbox.messages')).toBe(0);
  });

  it('add up what the applications of one process do, and leave out those without', async () => {
    const [one, two] = [await start(), await start()];
    const other = await startApp({ providers: [GameGateway] });
    const clients = await Promise.all(
      [one, two, other].map(({ url }) => Client.connect(`${url}/games/a`)),
    );
    for (const client of clients) await ask(client, 'move', { x: 1 });
    expect(await metrics.value('nestwire.server.active_connections', PATH)).toBe(2);
    const into = { ...PATH, 'network.io.direction': 'receive' };
    expect(await metrics.value('nestwire.server.messages', into)).toBe(2);
    await one.app.close();
    expect(await metrics.value('nestwire.server.active_connections', PATH)).toBe(1);
    expect(await metrics.value('nestwire.server.messages', into)).toBe(2);
    for (const { socket } of clients) socket.close();
  });
});
