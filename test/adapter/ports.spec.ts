import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { NestwireAdapter, OnMessage, WsGateway, WsModule } from 'nestwire';
import type { WebSocketServer as EngineServer } from 'nestwire/engine';
import { Client, refusal } from '../e2e/support/client.js';
import { deferred } from '../e2e/support/deferred.js';
import { freePort } from '../support/free-port.js';
import { closeStandard, startStandard } from './support/standard-app.js';

afterEach(closeStandard);

/** A class of its own each time: the port is part of the decorator. */
function whoGateway(name: string, port: number, options: object): new () => object {
  @WebSocketGateway(port, options)
  class WhoGateway {
    @WebSocketServer()
    server!: EngineServer;

    @SubscribeMessage('who')
    who(): { event: string; data: string } {
      return { event: 'who', data: name };
    }

    @SubscribeMessage(name)
    own(): { event: string } {
      return { event: name };
    }
  }
  return WhoGateway;
}

async function whoIs(url: string): Promise<unknown> {
  const client = await Client.connect(url);
  const { data } = await client.ask('who');
  await client.close();
  return data;
}

describe('ports and paths of standard gateways', () => {
  it('tells several paths of the application and of other ports apart', async () => {
    const port = await freePort();
    const { url } = await startStandard([
      whoGateway('root', 0, {}),
      whoGateway('nested', 0, { path: '/deep//er/' }),
      whoGateway('own', port, { path: 'own', host: '127.0.0.1' }),
      whoGateway('other', port, { path: '/other', host: '127.0.0.1' }),
    ]);
    expect(await whoIs(url)).toBe('root');
    expect(await whoIs(`${url}/?query`)).toBe('root');
    expect(await whoIs(`${url}/deep/er?query`)).toBe('nested');
    expect(await whoIs(`ws://127.0.0.1:${port}/own`)).toBe('own');
    expect(await whoIs(`ws://127.0.0.1:${port}/other`)).toBe('other');
    expect(await refusal(`${url}/own`)).toMatchObject({ status: 404 });
    expect(await refusal(`ws://127.0.0.1:${port}/`)).toMatchObject({ status: 404 });
  });

  it('takes every path on a port of its own without one, as ws does', async () => {
    const port = await freePort();
    const Anywhere = whoGateway('anywhere', port, { host: '127.0.0.1' });
    const { app } = await startStandard([
      Anywhere,
      whoGateway('there', port, { path: '/there', host: '127.0.0.1' }),
    ]);
    expect(await whoIs(`ws://127.0.0.1:${port}/any/path`)).toBe('anywhere');
    expect(await whoIs(`ws://127.0.0.1:${port}/there`)).toBe('there');
    const { server } = app.get<{ server: EngineServer }>(Anywhere);
    expect(server.address()).toMatchObject({ port });
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(answer.status).toBe(426);
  });

  it('joins gateways whose paths differ in slashes only', async () => {
    const { url } = await startStandard([
      whoGateway('one', 0, { path: 'chat' }),
      whoGateway('two', 0, { path: '/chat/' }),
    ]);
    const client = await Client.connect(`${url}/chat`);
    expect((await client.ask('one')).event).toBe('one');
    expect((await client.ask('two')).event).toBe('two');
    // Both handle this event, and both answer.
    client.send('who');
    const names = (await client.take(2)).map(({ data }) => data);
    expect(new Set(names)).toEqual(new Set(['one', 'two']));
  });

  it('serves both kinds of gateway on one application and port', async () => {
    @WsGateway('/ours')
    class OurGateway {
      @OnMessage('who')
      who(): string {
        return 'ours';
      }
    }
    const { url, app } = await startStandard(
      [OurGateway, whoGateway('standard', 0, { path: '/standard' })],
      { imports: [WsModule.forRoot()] },
    );
    expect(await whoIs(`${url}/ours`)).toBe('ours');
    expect(await whoIs(`${url}/standard`)).toBe('standard');
    expect(await refusal(`${url}/neither`)).toMatchObject({ status: 404 });
    const clients = [await Client.connect(`${url}/ours`), await Client.connect(`${url}/standard`)];
    await app.close();
    for (const client of clients) expect((await client.closed).code).toBe(1001);
  });

  it('lets nobody in on a port of its own before the application is ready', async () => {
    const port = await freePort();
    const early: unknown[] = [];
    class SlowToStart implements OnApplicationBootstrap {
      async onApplicationBootstrap(): Promise<void> {
        early.push(await refusal(`ws://127.0.0.1:${port}/`));
      }
    }
    await startStandard([SlowToStart, whoGateway('late', port, { host: '127.0.0.1' })]);
    expect(early).toMatchObject([{ status: 503, headers: { 'retry-after': '1' } }]);
    expect(await whoIs(`ws://127.0.0.1:${port}/`)).toBe('late');
  });

  it('says so when a port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { log } = await startStandard([whoGateway('late', port, { host: '127.0.0.1' })]);
    expect(log.of('error')).toEqual([expect.stringContaining(`port ${port}`)]);
    taken.close();
  });
});

describe('the end of an application with standard gateways', () => {
  it('frees its ports and leaves a server it was given as it was', async () => {
    const port = await freePort();
    const httpServer = createServer();
    const Gateways = [
      whoGateway('own', port, { host: '127.0.0.1' }),
      whoGateway('given', 0, { path: '/given' }),
    ];
    const { app } = await startStandard(Gateways, {
      adapter: () => new NestwireAdapter(httpServer),
    });
    httpServer.listen(0, '127.0.0.1');
    await once(httpServer, 'listening');
    const { port: given } = httpServer.address() as { port: number };
    expect(await whoIs(`ws://127.0.0.1:${given}/given`)).toBe('given');
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    idle.on('error', () => {});
    await app.close();
    expect(httpServer.listenerCount('upgrade')).toBe(0);
    expect(httpServer.listening).toBe(true);
    httpServer.close();
    const again = createServer().listen(port, '127.0.0.1');
    await once(again, 'listening');
    again.close();
    idle.destroy();
  });

  it('cuts off a client that does not answer the goodbye when the time is up', async () => {
    const { app, url } = await startStandard([whoGateway('a', 0, {})], {
      options: { shutdown: { code: 1012, reason: 'Back soon', deadline: 50 } },
    });
    const deaf = connect(Number(new URL(url).port), '127.0.0.1');
    const received: Buffer[] = [];
    deaf.on('data', (chunk) => received.push(chunk));
    deaf.write(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(deaf, 'data');
    const closed = once(deaf, 'close');
    await app.close();
    await closed;
    const close = Buffer.from([0x88, 2 + 9, 0x03, 0xf4, ...Buffer.from('Back soon')]);
    expect(Buffer.concat(received).subarray(-close.length)).toEqual(close);
  });

  it('does not wait for a verifyClient that has not decided', async () => {
    for (const port of [0, await freePort()]) {
      const asked = deferred<(ok: boolean) => void>();
      const verifyClient = (_info: unknown, decide: (ok: boolean) => void): void =>
        asked.resolve(decide);
      const { app, url } = await startStandard([
        whoGateway('a', port, { path: '/', host: '127.0.0.1', handshakeTimeout: 0, verifyClient }),
      ]);
      const refused = refusal(port === 0 ? url : `ws://127.0.0.1:${port}/`);
      const decide = await asked.promise;
      await app.close();
      expect(await refused).toMatchObject({ status: 503 });
      // Too late, and no harm.
      decide(true);
    }
  });

  it('waits for nobody with forceCloseConnections, and still says why', async () => {
    const { app, url } = await startStandard([whoGateway('a', 0, {})], {
      application: { forceCloseConnections: true },
      options: { shutdown: { deadline: 60_000 } },
    });
    const client = await Client.connect(url);
    client.socket.pause();
    await app.close();
    client.socket.resume();
    expect((await client.closed).code).toBe(1001);
  });

  it('reaches clients of a server that keeps no list of them', async () => {
    const { app, url } = await startStandard([whoGateway('a', 0, { clientTracking: false })]);
    const client = await Client.connect(url);
    await app.close();
    expect((await client.closed).code).toBe(1001);
  });

  it('unhooks the gateways, which a second application may use', async () => {
    class Hooked {
      handleConnection(): void {}
    }
    const Gateway = WebSocketGateway({ path: '/' });
    Gateway(Hooked);
    const { app } = await startStandard([Hooked]);
    const gateway = app.get(Hooked);
    expect(Object.hasOwn(gateway, 'handleConnection')).toBe(true);
    await app.close();
    expect(Object.hasOwn(gateway, 'handleConnection')).toBe(false);
    const server = app.getHttpServer() as Server;
    expect(server.listenerCount('upgrade')).toBe(0);
  });
});

describe('NestwireAdapter', () => {
  it('turns a client away with 1013 when Nest asks for it', () => {
    const closed: unknown[] = [];
    const client = { close: (...args: unknown[]) => closed.push(args) };
    new NestwireAdapter().closeClient(client as never);
    expect(closed).toEqual([[1013, 'The application is starting']]);
  });

  it('names the option that is wrong', () => {
    expect(() => new NestwireAdapter(undefined, { concurrency: 0 })).toThrow(
      'Cannot use option concurrency of NestwireAdapter: expected a whole number from 1, current value is 0',
    );
    expect(() => new NestwireAdapter(undefined, { connectTimeout: -1 })).toThrow(/connectTimeout/);
  });

  it('can be extended where applications extend WsAdapter', async () => {
    class Tagging extends NestwireAdapter {
      override create(
        port: number,
        options: object,
      ): EngineServer & ReturnType<NestwireAdapter['create']> {
        return super.create(port, { ...options, path: '/tagged' });
      }
    }
    const { url } = await startStandard([whoGateway('tagged', 0, { path: '/plain' })], {
      adapter: (app) => new Tagging(app),
    });
    expect(await whoIs(`${url}/tagged`)).toBe('tagged');
  });
});

describe('a port of its own', () => {
  it('gives the head of a request as long as an upgrade may take', async () => {
    const port = await freePort();
    await startStandard([whoGateway('slow', port, { path: '/slow', handshakeTimeout: 200 })]);
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain(' 408 ');
    socket.destroy();
  });
});
