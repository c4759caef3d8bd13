// Each test is named after a defect that users of Nest's standard gateways live with.
import { connect as connectSocket, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  UsePipes,
  ValidationPipe,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { IsString } from 'class-validator';
import { Connection, GatewayServer, MessageBody, OnConnect, OnMessage, WsGateway } from 'nestwire';
import { WebSocketServer } from 'ws';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';
import { deferred } from './support/deferred.js';

afterEach(closeApps);

const passErrorsOn = (errors: object): Error => new BadRequestException(errors);

describe('none of these defects of the standard stack', () => {
  it('two gateways on one path parse every message twice', async () => {
    let parsed = 0;
    const body = { toJSON: () => ({}) };
    const parse = JSON.parse;
    JSON.parse = (...args: Parameters<typeof parse>) => {
      if (args[0].includes('count-me')) parsed++;
      return parse(...args) as unknown;
    };
    try {
      @WsGateway('/')
      class A {
        @OnMessage('a')
        a(): string {
          return 'a';
        }
      }
      @WsGateway('/')
      class B {
        @OnMessage('count-me')
        b(): string {
          return 'b';
        }
      }
      const { url } = await startApp({ providers: [A, B] });
      const client = await Client.connect(url);
      client.send('count-me', body, 1);
      await new Promise((resolve) => client.socket.once('message', resolve));
      // Once by the server; the test's own client parses the answer, which names the event too.
      expect(parsed).toBe(2);
    } finally {
      JSON.parse = parse;
    }
  });

  it('handlers run before an async connect hook has finished', async () => {
    const gate = deferred();
    const order: string[] = [];
    @WsGateway('/')
    class SlowGateway {
      @OnConnect()
      async entered(): Promise<void> {
        await gate.promise;
        order.push('connected');
      }
      @OnMessage('say')
      say(): string {
        order.push('said');
        return 'ok';
      }
    }
    const { url } = await startApp({ providers: [SlowGateway] });
    const client = await Client.connect(url);
    client.send('say');
    client.socket.ping();
    gate.resolve();
    expect((await client.next()).data).toBe('ok');
    expect(order).toEqual(['connected', 'said']);
  });

  it('a throw in a connect hook kills the process', async () => {
    @WsGateway('/')
    class ThrowingGateway {
      @OnConnect()
      entered(): never {
        throw new Error('boom');
      }
    }
    const { url } = await startApp({ providers: [ThrowingGateway] });
    for (let i = 0; i < 3; i++) {
      const client = await Client.connect(url);
      expect((await client.closed).code).toBe(1011);
    }
  });

  it('replies come out of order and without ids', async () => {
    const gates = [deferred(), deferred()];
    @WsGateway('/')
    class OrderGateway {
      @OnMessage('wait')
      async wait(@MessageBody() index: number): Promise<number> {
        await gates[index]?.promise;
        return index;
      }
    }
    const { url } = await startApp({ providers: [OrderGateway] });
    const client = await Client.connect(url);
    client.send('wait', 0, 'first');
    client.send('wait', 1, 'second');
    gates[1]?.resolve();
    gates[0]?.resolve();
    expect(await client.take(2)).toEqual([
      { event: 'wait', data: 0, id: 'first' },
      { event: 'wait', data: 1, id: 'second' },
    ]);
  });

  it('20,000 parallel handlers from one client', async () => {
    let running = 0;
    let most = 0;
    @WsGateway('/')
    class BusyGateway {
      @OnMessage('work')
      async work(@MessageBody() n: number): Promise<number> {
        running++;
        most = Math.max(most, running);
        await Promise.resolve();
        running--;
        return n;
      }
    }
    const { url } = await startApp({ providers: [BusyGateway] });
    const client = await Client.connect(url);
    for (let i = 0; i < 20_000; i++) client.send('work', i);
    for (let i = 0; i < 20_000; i++) expect((await client.next()).data).toBe(i);
    expect(most).toBe(1);
  });

  it('HttpException and ValidationPipe errors become "Internal server error"', async () => {
    class Dto {
      @IsString()
      name!: string;
    }
    @WsGateway('/')
    class ErrorGateway {
      @OnMessage('http')
      http(): never {
        throw new BadRequestException('too early');
      }
      @UsePipes(new ValidationPipe())
      @OnMessage('dto')
      dto(@MessageBody() _dto: Dto): void {}
    }
    const { url } = await startApp({ providers: [ErrorGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('http')).data).toMatchObject({
      code: 'BAD_REQUEST',
      message: 'too early',
    });
    expect((await client.ask('dto', {})).data).toMatchObject({
      code: 'BAD_REQUEST',
      details: ['name must be a string'],
    });
  });

  it("an exception frame echoes the client's payload or the upgrade request", async () => {
    class Dto {
      @IsString()
      name!: string;
    }
    @UsePipes(new ValidationPipe({ exceptionFactory: passErrorsOn }))
    @WsGateway('/')
    class EchoGateway {
      @OnMessage('dto')
      dto(@MessageBody() _dto: Dto): void {}
      @OnMessage('throw')
      throw(@MessageBody() body: object): never {
        throw Object.assign(new Error('x'), { body });
      }
    }
    const { url } = await startApp({ providers: [EchoGateway] });
    const client = await Client.connect(url, { headers: { 'x-secret': 'header-secret' } });
    for (const event of ['dto', 'throw', 'unknown-event']) {
      const frame = JSON.stringify(await client.ask(event, { name: 1, pin: 'payload-secret' }));
      expect(frame).toContain('"exception"');
      expect(frame).not.toContain('payload-secret');
      expect(frame).not.toContain('header-secret');
    }
  });

  it('upgrades that belong to others are destroyed', async () => {
    @WsGateway('/ours')
    class OurGateway {
      @OnMessage('who')
      who(): string {
        return 'nestwire';
      }
    }
    const { app, url } = await startApp({ providers: [OurGateway] });
    const other = new WebSocketServer({ noServer: true });
    (app.getHttpServer() as Server).on('upgrade', (request, socket, head) => {
      if (request.url !== '/theirs') return;
      other.handleUpgrade(request, socket, head, (client) => {
        client.send(JSON.stringify({ event: 'who', data: 'somebody else' }));
      });
    });
    const theirs = await Client.connect(`${url}/theirs`);
    expect((await theirs.next()).data).toBe('somebody else');
    theirs.socket.terminate();
    const ours = await Client.connect(`${url}/ours`);
    expect((await ours.ask('who')).data).toBe('nestwire');
  });

  it('an unknown path is a socket hang-up instead of 404', async () => {
    @WsGateway('/known')
    class KnownGateway {}
    const { url } = await startApp({ providers: [KnownGateway] });
    const refused = await refusal(`${url}/unknown`);
    expect(refused.status).toBe(404);
    expect(refused.headers.connection).toBe('close');
  });

  it('closing the application ends clients with 1006', async () => {
    @WsGateway('/')
    class LastingGateway {}
    const { app, url } = await startApp({ providers: [LastingGateway] });
    const client = await Client.connect(url);
    await app.close();
    expect((await client.closed).code).toBe(1001);
  });

  it('clients are let in before the application has been initialised', async () => {
    const order: string[] = [];
    @WsGateway('/')
    class EagerGateway implements OnApplicationBootstrap {
      async onApplicationBootstrap(): Promise<void> {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('ready');
      }
      @OnConnect()
      entered(): void {
        order.push('client');
      }
    }
    const { url } = await startApp({
      providers: [EagerGateway],
      options: { port: 0, host: '127.0.0.1' },
    }).then(({ app }) => {
      const { port } = app.get(GatewayServer).address() as AddressInfo;
      return { url: `ws://127.0.0.1:${port}` };
    });
    const client = await Client.connect(url);
    await client.close();
    expect(order).toEqual(['ready', 'client']);
  });

  it('bad JSON and unknown events are dropped in silence', async () => {
    @WsGateway('/')
    class QuietGateway {
      @OnMessage('a')
      a(): string {
        return 'a';
      }
    }
    const { url } = await startApp({ providers: [QuietGateway] });
    const client = await Client.connect(url);
    client.socket.send('{"event":');
    expect((await client.next()).data).toMatchObject({ code: 'BAD_JSON' });
    expect(await client.ask('constructor', null, 2)).toMatchObject({
      id: 2,
      data: { code: 'UNKNOWN_EVENT' },
    });
    expect((await client.ask('a')).data).toBe('a');
  });

  it('never-resolving handlers keep their memory after the client left', async () => {
    const seen: WeakRef<Connection>[] = [];
    @WsGateway('/')
    class StuckGateway {
      @OnMessage('stick')
      stick(connection: Connection): Promise<never> {
        seen.push(new WeakRef(connection));
        return new Promise(() => {});
      }
      @OnMessage('ping')
      ping(): string {
        return 'pong';
      }
    }
    const { url } = await startApp({ providers: [StuckGateway], options: { concurrency: 2 } });
    const client = await Client.connect(url);
    client.send('stick');
    expect((await client.ask('ping')).data).toBe('pong');
    expect(seen[0]?.deref()?.signal.aborted).toBe(false);
    const signal = seen[0]?.deref()?.signal as AbortSignal;
    const aborted = once(signal, 'abort');
    client.socket.terminate();
    await aborted;
  });

  it('a reset in the middle of the upgrade ends the process', async () => {
    @WsGateway('/')
    class AnyGateway {
      @OnMessage('ping')
      ping(): string {
        return 'pong';
      }
    }
    const { url, port } = await startApp({ providers: [AnyGateway] });
    const resets = Array.from({ length: 50 }, async () => {
      const socket = connectSocket(port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(
        'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      socket.resetAndDestroy();
      await once(socket, 'close');
    });
    await Promise.all(resets);
    const client = await Client.connect(url);
    expect((await client.ask('ping')).data).toBe('pong');
  });
});
