// What adapters that extend the one of @nestjs/platform-ws are used to, on both.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication, WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { NestwireAdapter } from 'nestwire';
import { map, of, tap, type Observable } from 'rxjs';
import type { WebSocket, WebSocketServer } from 'ws';
import { Client, refusal } from '../e2e/support/client.js';
import { freePort } from '../support/free-port.js';
import { closeStandard, startStandard } from './support/standard-app.js';

afterEach(closeStandard);

type Handlers = Map<unknown, WsMessageHandler>;
type Transform = (result: Observable<unknown> | Promise<unknown>) => Observable<unknown>;
type Event = { data: string };

/** What both have in common, as far as subclasses see it. */
interface Extended extends WebSocketAdapter {
  bindMessageHandler(event: Event, handlers: Handlers, transform: Transform): Observable<unknown>;
}
type AdapterClass = new (app: INestApplication) => Extended;

const BASES: [string, unknown][] = [
  ['WsAdapter', WsAdapter],
  ['NestwireAdapter', NestwireAdapter],
];

@WebSocketGateway({ path: '/' })
class EchoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): object {
    return { event: 'echoed', data };
  }
}

@WebSocketGateway({ path: '/' })
class ShoutGateway {
  @SubscribeMessage('shout')
  shout(@MessageBody() data: string): object {
    return { event: 'shouted', data: data.toUpperCase() };
  }
}

describe.each(BASES)('a subclass of %s', (name, base) => {
  const Base = base as AdapterClass;
  const isOurs = name === 'NestwireAdapter';

  it('is handed every message for each gateway, and may go on in its base class', async () => {
    const seen: unknown[] = [];
    class Tracing extends Base {
      override bindMessageHandler(
        event: Event,
        handlers: Handlers,
        transform: Transform,
      ): Observable<unknown> {
        seen.push([JSON.parse(event.data), [...handlers.keys()]]);
        return super.bindMessageHandler(event, handlers, transform).pipe(tap((v) => seen.push(v)));
      }
    }
    const { url } = await startStandard([EchoGateway, ShoutGateway], {
      adapter: (app) => new Tracing(app),
    });
    const client = await Client.connect(url);
    expect(await client.ask('shout', 'hi')).toEqual({ event: 'shouted', data: 'HI' });
    expect(seen).toEqual([
      [{ event: 'shout', data: 'hi' }, ['shout']],
      [{ event: 'shout', data: 'hi' }, ['echo']],
      { event: 'shouted', data: 'HI' },
    ]);
  });

  it('may handle messages by itself', async () => {
    class Own extends Base {
      override bindMessageHandler(
        event: Event,
        handlers: Handlers,
        transform: Transform,
      ): Observable<unknown> {
        const [type, data] = event.data.split(' ');
        const handler = handlers.get(type);
        if (handler === undefined) return of({ event: 'nobody', data: type });
        return transform(handler.callback(data)).pipe(
          map((value) => ({ event: 'own', data: value })),
        );
      }
    }
    const { url } = await startStandard([EchoGateway], { adapter: (app) => new Own(app) });
    const client = await Client.connect(url);
    client.socket.send('echo hi');
    expect(await client.next()).toEqual({ event: 'own', data: { event: 'echoed', data: 'hi' } });
    client.socket.send('other');
    expect(await client.next()).toEqual({ event: 'nobody', data: 'other' });
  });

  it('may replace bindMessageHandlers and call bindMessageHandler from there', async () => {
    class Binding extends Base {
      override bindMessageHandlers(
        client: WebSocket,
        handlers: WsMessageHandler[],
        transform: Transform,
      ): void {
        const byMessage: Handlers = new Map(handlers.map((one) => [one.message, one]));
        client.on('message', (data: Buffer) => {
          this.bindMessageHandler({ data: String(data) }, byMessage, transform).subscribe((value) =>
            client.send(JSON.stringify(value)),
          );
        });
      }
    }
    const { url } = await startStandard([EchoGateway], { adapter: (app) => new Binding(app) });
    const client = await Client.connect(url);
    client.socket.send('no JSON');
    client.send('unknown');
    expect(await client.ask('echo', 1)).toEqual({ event: 'echoed', data: 1 });
  });

  it('may put data of its own in the place of what came', async () => {
    class Decoding extends Base {
      override bindMessageHandler(
        event: Event,
        handlers: Handlers,
        transform: Transform,
      ): Observable<unknown> {
        const data = Buffer.from(event.data, 'base64').toString();
        return super.bindMessageHandler({ ...event, data }, handlers, transform);
      }
    }
    const { url } = await startStandard([EchoGateway], { adapter: (app) => new Decoding(app) });
    const client = await Client.connect(url);
    client.socket.send(Buffer.from('{"event":"echo","data":2}').toString('base64'));
    expect(await client.next()).toEqual({ event: 'echoed', data: 2 });
  });

  it('may have a parser as its field', async () => {
    class Parsing extends Base {
      protected messageParser = (data: unknown): unknown => ({ event: 'echo', data: String(data) });
    }
    const { url } = await startStandard([EchoGateway], { adapter: (app) => new Parsing(app) });
    const client = await Client.connect(url);
    client.socket.send('anything');
    expect(await client.next()).toEqual({ event: 'echoed', data: 'anything' });
  });

  it('goes on after a bindMessageHandler that threw, which ws does not', async () => {
    let calls = 0;
    class Failing extends Base {
      override bindMessageHandler(
        event: Event,
        handlers: Handlers,
        transform: Transform,
      ): Observable<unknown> {
        if (calls++ === 0 && isOurs) throw new Error('a bug');
        if (calls === 2 && isOurs) return undefined as unknown as Observable<unknown>;
        return super.bindMessageHandler(event, handlers, transform);
      }
    }
    const { url, log } = await startStandard([EchoGateway], { adapter: (app) => new Failing(app) });
    const client = await Client.connect(url);
    client.send('echo', 1);
    client.send('echo', 2);
    client.send('echo', 3);
    await client.take(isOurs ? 0 : 2);
    expect(await client.next()).toEqual({ event: 'echoed', data: 3 });
    expect(log.of('error')).toHaveLength(isOurs ? 2 : 0);
  });

  it('hears `listening` of a port of its own', async () => {
    const heard: unknown[] = [];
    const port = await freePort();
    @WebSocketGateway(port)
    class PortGateway {
      afterInit(server: WebSocketServer): void {
        server.on('listening', () => heard.push(server.address()));
      }
    }
    await startStandard([PortGateway], { adapter: (app) => new Base(app) });
    await Client.connect(`ws://127.0.0.1:${port}`);
    expect(heard).toEqual([expect.objectContaining({ port })]);
  });

  it('hears `error` of a port that is taken', async () => {
    const taken = createServer().listen(0);
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const heard = new Promise((resolve) => {
      @WebSocketGateway(port)
      class PortGateway {
        afterInit(server: WebSocketServer): void {
          server.on('error', resolve);
        }
      }
      void startStandard([PortGateway], { adapter: (app) => new Base(app) });
    });
    expect(await heard).toMatchObject({ code: 'EADDRINUSE', port });
    taken.close();
  });
});

describe('NestwireAdapter, beyond that of ws', () => {
  it('answers what nobody can handle when a subclass calls its base class', async () => {
    class Tracing extends NestwireAdapter {
      override bindMessageHandler(
        ...args: Parameters<NestwireAdapter['bindMessageHandler']>
      ): Observable<unknown> {
        return super.bindMessageHandler(...args);
      }
    }
    const { url } = await startStandard([EchoGateway, ShoutGateway], {
      adapter: (app) => new Tracing(app),
    });
    const client = await Client.connect(url);
    expect(await client.ask('nobody', 1, 7)).toMatchObject({
      event: 'exception',
      data: { code: 'UNKNOWN_EVENT' },
      id: 7,
    });
    client.socket.send('no JSON');
    expect(await client.next()).toMatchObject({ data: { code: 'BAD_JSON' } });
    expect(await client.ask('echo', 'x', 8)).toEqual({ event: 'echoed', data: 'x', id: 8 });
    expect(client.unread).toEqual([]);
  });

  it('creates a server without options, where that of ws throws', async () => {
    const port = await freePort();
    const create = (Base: AdapterClass): unknown =>
      new Base(undefined as unknown as INestApplication).create(port);
    expect(() => create(WsAdapter as unknown as AdapterClass)).toThrow(TypeError);
    const adapter = new NestwireAdapter();
    const server = adapter.create(port);
    await once(server, 'listening');
    expect(server.address()).toMatchObject({ port });
    await adapter.close(server);
    await adapter.dispose();
  });

  it('gives @Ack() a function that answers once, with the id', async () => {
    @WebSocketGateway({ path: '/' })
    class AckGateway {
      @SubscribeMessage('ask')
      ask(
        @MessageBody() data: unknown,
        @Ack() ack: ((value?: unknown) => void) | undefined,
        @ConnectedSocket() client: WebSocket,
      ): unknown {
        if (ack === undefined) return { event: 'no ack' };
        ack({ got: data });
        ack('again');
        client.send('{"event":"done"}');
        return data === 'event' ? { event: 'beside' } : 'not sent';
      }
    }
    const stock = await startStandard([AckGateway], { adapter: (app) => new WsAdapter(app) });
    const before = await Client.connect(stock.url);
    expect(await before.ask('ask', 1, 5)).toEqual({ event: 'no ack' });

    for (const Adapter of [
      NestwireAdapter,
      class extends NestwireAdapter {
        override bindMessageHandler(
          ...args: Parameters<NestwireAdapter['bindMessageHandler']>
        ): Observable<unknown> {
          return super.bindMessageHandler(...args);
        }
      },
    ]) {
      const { url } = await startStandard([AckGateway], { adapter: (app) => new Adapter(app) });
      const client = await Client.connect(url);
      client.send('ask', 1, 5);
      client.send('ask', 'event');
      const done = { event: 'done' };
      expect((await client.take(5)).toSorted(byJson)).toEqual(
        [
          { event: 'ask', data: { got: 1 }, id: 5 },
          done,
          { event: 'ask', data: { got: 'event' } },
          done,
          { event: 'beside' },
        ].toSorted(byJson),
      );
    }
  });

  it('warns of overridden methods that it never calls', async () => {
    class Https extends NestwireAdapter {
      protected ensureHttpServerExists(): void {}
    }
    const { log } = await startStandard([EchoGateway], { adapter: (app) => new Https(app) });
    expect(log.of('warn')).toEqual([
      'Cannot use ensureHttpServerExists of Https: NestwireAdapter never calls it, expected create to be overridden instead',
    ]);
  });
});

function tell(path: string, who: string): new () => object {
  @WebSocketGateway({ path })
  class Telling {
    handleConnection(client: WebSocket, request: { params?: unknown }): void {
      client.send(JSON.stringify({ event: who, data: request.params ?? null }));
    }
  }
  return Telling;
}

function pathGateways(): (new () => object)[] {
  return [
    tell('/rooms/:room', 'room'),
    tell('/rooms/main', 'main'),
    tell('/files/*path', 'files'),
    tell('/a(b)', 'text'),
  ];
}

async function told(url: string): Promise<unknown> {
  const { event, data } = await (await Client.connect(url)).next();
  return [event, data];
}

describe('a path with parameters on a standard gateway', () => {
  it('is a text to WsAdapter and matches here, after paths that are written out', async () => {
    const stock = await startStandard(pathGateways(), { adapter: (app) => new WsAdapter(app) });
    await expect(Client.connect(`${stock.url}/rooms/7`)).rejects.toThrow();
    const { url } = await startStandard(pathGateways());
    expect(await told(`${url}/rooms/7?x=1`)).toEqual(['room', { room: '7' }]);
    expect(await told(`${url}/rooms/a%2Fb`)).toEqual(['room', { room: 'a/b' }]);
    expect(await told(`${url}/rooms/main`)).toEqual(['main', null]);
    expect(await told(`${url}/files/x`)).toEqual(['files', { path: expect.anything() }]);
    expect(await told(`${url}/a(b)`)).toEqual(['text', null]);
    expect((await refusal(`${url}/rooms/%ff`)).status).toBe(400);
    expect((await refusal(`${url}/rooms/7/8`)).status).toBe(404);
  });

  it('shows its parameters to verifyClient', async () => {
    @WebSocketGateway({
      path: '/rooms/:room',
      verifyClient: ({ req }: { req: { params: { room: string } } }) => req.params.room === 'open',
    })
    class VerifiedGateway {}
    const { url } = await startStandard([VerifiedGateway]);
    await Client.connect(`${url}/rooms/open`);
    expect((await refusal(`${url}/rooms/shut`)).status).toBe(401);
  });

  it('is an error beside one that differs in names only', async () => {
    await expect(startStandard([tell('/a/:x', 'x'), tell('/A/:y', 'y')])).rejects.toThrow(
      /its path \/a\/:x takes the same clients as \/A\/:y/,
    );
  });
});

function byJson(one: unknown, other: unknown): number {
  return JSON.stringify(one).localeCompare(JSON.stringify(other));
}
