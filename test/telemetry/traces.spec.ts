import { context, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UnauthorizedException } from '@nestjs/common';
import {
  ConnectedSocket,
  MemoryBrokerServer,
  memoryBroker,
  MessageBody,
  OnConnect,
  OnMessage,
  Rooms,
  VerifyClient,
  WsGateway,
  type Connection,
  type WsModuleOptions,
} from 'nestwire';
import { TelemetryModule } from 'nestwire/telemetry';
import { closeApps, startApp, type TestApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';
import { TestTraces } from './support/sdk.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

let traces: TestTraces;

beforeEach(() => {
  traces = new TestTraces();
});

afterEach(async () => {
  await closeApps();
  context.disable();
});

/** As an application would, without a word of us. */
function work(name: string): void {
  traces.provider.getTracer('application').startSpan(name).end();
}

@WsGateway('/chat/:room')
class ChatGateway {
  constructor(private readonly rooms: Rooms) {}

  @VerifyClient()
  async verify(request: { url: string }): Promise<boolean> {
    await Promise.resolve();
    work('look into the token');
    if (request.url.includes('stranger')) throw new UnauthorizedException();
    return true;
  }

  @OnConnect()
  async enter(@ConnectedSocket() connection: Connection): Promise<void> {
    this.rooms.join(connection, 'lobby');
    await this.rooms.settled('lobby');
  }

  @OnMessage('say')
  async say(@MessageBody() text: string): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    work('keep it');
    this.rooms.to('lobby').send('said', text);
    return 'said';
  }

  @OnMessage('fail')
  fail(): never {
    throw new Error('of the handler');
  }

  @OnMessage('active')
  active(): string | undefined {
    return trace.getActiveSpan()?.spanContext().spanId;
  }

  @OnMessage('never')
  never(): Promise<never> {
    return new Promise(() => {});
  }
}

function start(options: WsModuleOptions = {}): Promise<TestApp> {
  const telemetry = TelemetryModule.forRoot({ metrics: false, tracerProvider: traces.provider });
  return startApp({ providers: [ChatGateway], imports: [telemetry], options });
}

function sendRaw(client: Client, frame: object): void {
  client.socket.send(JSON.stringify(frame));
}

describe('traces', () => {
  it('have a span of the upgrade, with what guards do in it, and one of each message, linked to it', async () => {
    const { url } = await start();
    const client = await Client.connect(`${url}/chat/1`);
    client.send('say', 'hello', 1);
    await client.next();
    const message = await traces.until('/chat/:room say');
    const upgrade = await traces.until('GET /chat/:room');
    expect(message.links.map((link) => link.context.spanId)).toEqual([
      upgrade.spanContext().spanId,
    ]);
    expect(traces.tree(upgrade.spanContext().traceId)).toBe(
      'GET /chat/:room\n  look into the token',
    );
    expect(upgrade.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/chat/:room',
      'http.response.status_code': 101,
      'network.protocol.name': 'websocket',
      'nestwire.outcome': 'accepted',
    });
    expect(message.attributes).toEqual({
      'nestwire.path': '/chat/:room',
      'nestwire.event': 'say',
      'nestwire.outcome': 'answered',
    });
    client.socket.close();
  });

  it('are one over two nodes: from the client through a broadcast to the other node', async () => {
    const server = new MemoryBrokerServer();
    const node = (): Promise<TestApp> => start({ broker: memoryBroker(server) });
    const [one, two] = [await node(), await node()];
    const [ada, bob] = [
      await Client.connect(`${one.url}/chat/1`),
      await Client.connect(`${two.url}/chat/2`),
    ];
    const traceparent = `00-${TRACE}-${PARENT}-01`;
    sendRaw(ada, { event: 'say', data: 'hello', id: 1, traceparent, tracestate: 'vendor=1' });
    expect((await bob.next()).data).toBe('hello');
    const delivered = await traces.until('deliver broadcast');
    await traces.until('/chat/:room say');
    expect(traces.tree(TRACE)).toBe(
      ['/chat/:room say', '  keep it', '  send broadcast', '    deliver broadcast'].join('\n'),
    );
    const root = traces.spans.find(({ name }) => name === '/chat/:room say');
    expect(root?.parentSpanContext).toMatchObject({ spanId: PARENT, isRemote: true });
    expect(delivered.spanContext().traceState?.serialize()).toBe('vendor=1');
    expect(delivered.attributes).toEqual({
      'nestwire.event': 'said',
      'nestwire.origin': 'remote',
      'nestwire.rooms': 1,
      'nestwire.receivers': 1,
    });
    for (const { socket } of [ada, bob]) socket.close();
  });

  it('go on from the request that opens a connection, where it names a trace', async () => {
    const { W3CTraceContextPropagator } = await import('@opentelemetry/core');
    const { propagation } = await import('@opentelemetry/api');
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const { url } = await start();
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
    const client = await Client.connect(`${url}/chat/1`, { headers });
    const upgrade = await traces.until('GET /chat/:room');
    propagation.disable();
    expect(upgrade.spanContext().traceId).toBe(TRACE);
    expect(upgrade.parentSpanContext?.spanId).toBe(PARENT);
    client.socket.close();
  });

  it('begin anew when a client writes nonsense', async () => {
    const { url } = await start();
    const client = await Client.connect(`${url}/chat/1`);
    sendRaw(client, { event: 'say', data: 1, traceparent: `00-${'0'.repeat(32)}-${PARENT}-01` });
    const message = await traces.until('/chat/:room say');
    expect(message.parentSpanContext).toBeUndefined();
    client.socket.close();
  });

  it('say what failed, in a handler and before the 101', async () => {
    const { url } = await start();
    const client = await Client.connect(`${url}/chat/1`);
    client.send('fail', null, 1);
    await client.next();
    const failed = await traces.until('/chat/:room fail');
    expect(failed.status.code).toBe(2);
    expect(failed.attributes['error.type']).toBe('INTERNAL_ERROR');
    traces.exporter.reset();
    await expect(Client.connect(`${url}/chat/1?stranger`)).rejects.toThrow();
    const refused = await traces.until('GET /chat/:room');
    expect(refused.attributes).toMatchObject({
      'nestwire.outcome': 'refused',
      'http.response.status_code': 401,
    });
    expect(refused.status.code).toBe(0);
    client.socket.close();
  });

  it('are those of the application itself: its span is active in a handler', async () => {
    const { url } = await start();
    const client = await Client.connect(`${url}/chat/1`);
    client.send('active', null, 1);
    const { data } = await client.next();
    const message = await traces.until('/chat/:room active');
    expect(data).toBe(message.spanContext().spanId);
    client.socket.close();
  });

  it('end with the application, also in the middle of a handler', async () => {
    const { app, url } = await start({ shutdown: { deadline: 100 } });
    const client = await Client.connect(`${url}/chat/1`);
    client.send('never', null, 1);
    client.send('never', null, 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await app.close();
    expect(traces.spans.filter(({ name }) => name === '/chat/:room never')).toHaveLength(1);
    expect(traces.spans.every(({ ended }) => ended)).toBe(true);
  });

  it('have no span of a broadcast that belongs to none', async () => {
    const { app, url } = await start();
    const client = await Client.connect(`${url}/chat/1`);
    app.get(Rooms).to('lobby').send('said', 'by a job');
    await client.next();
    expect(traces.spans.map(({ name }) => name)).not.toContain('send broadcast');
    client.socket.close();
  });
});
