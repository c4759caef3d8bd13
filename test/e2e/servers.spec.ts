import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  Connection,
  ConnectionRegistry,
  GatewayServer,
  OnConnect,
  OnMessage,
  VerifyClient,
  WsGateway,
  WsModule,
  type WsModuleOptions,
} from 'nestwire';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { closeApps, LogBook, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

const contexts: INestApplicationContext[] = [];

afterEach(async () => {
  await closeApps();
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

@WsGateway('/greet/:name')
class GreetingGateway {
  @VerifyClient()
  verify(): object {
    return { name: 'verified' };
  }

  @OnConnect()
  entered({ handshake }: Connection): void {
    if (handshake.params['name'] === 'nobody') throw new Error('nobody there');
  }

  @OnMessage('hello')
  hello({ handshake, user }: Connection): unknown {
    return { name: handshake.params['name'], user };
  }
}

@Controller('page')
class PageController {
  @Get()
  page(): string {
    return 'a page';
  }
}

const said = { name: 'Ada', user: { name: 'verified' } };

/** A standalone context with gateways on a port of their own. */
async function standalone(
  options: WsModuleOptions,
  log = new LogBook(),
): Promise<INestApplicationContext> {
  @Module({ imports: [WsModule.forRoot(options)], providers: [GreetingGateway] })
  class AppModule {}
  const context = await NestFactory.createApplicationContext(AppModule, {
    logger: log,
    abortOnError: false,
  });
  contexts.push(context);
  return context;
}

function portOf(context: INestApplicationContext): number {
  return (context.get(GatewayServer).address() as AddressInfo).port;
}

async function startFastify(): Promise<{ app: NestFastifyApplication; url: string }> {
  @Module({
    imports: [WsModule.forRoot()],
    providers: [GreetingGateway],
    controllers: [PageController],
  })
  class AppModule {}
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
    logger: false,
  });
  contexts.push(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}

describe('on Fastify', () => {
  it('gateways serve beside controllers, and close with the application', async () => {
    const { app, url } = await startFastify();
    const client = await Client.connect(`${url.replace('http', 'ws')}/greet/Ada`);
    expect((await client.ask('hello')).data).toEqual(said);
    expect(await (await fetch(`${url}/page`)).text()).toBe('a page');
    expect((await refusal(`${url.replace('http', 'ws')}/nowhere`)).status).toBe(404);
    await app.close();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Server is shutting down' });
  });

  it('a throw in a connect hook closes the connection alone', async () => {
    const { url } = await startFastify();
    const client = await Client.connect(`${url.replace('http', 'ws')}/greet/nobody`);
    expect((await client.closed).code).toBe(1011);
    expect(await (await fetch(`${url}/page`)).text()).toBe('a page');
  });
});

describe('on a port of their own', () => {
  it('gateways serve beside an application that listens on another', async () => {
    const { app, url } = await startApp({
      providers: [GreetingGateway],
      options: { port: 0, host: '127.0.0.1' },
    });
    const client = await Client.connect(`ws://127.0.0.1:${portOf(app)}/greet/Ada`);
    expect((await client.ask('hello')).data).toEqual(said);
    await expect(Client.connect(`${url}/greet/Ada`)).rejects.toThrow();
    await app.close();
    expect((await client.closed).code).toBe(1001);
  });

  it('the head of a request has as long as an upgrade', async () => {
    const options = { port: 0, host: '127.0.0.1', handshakeTimeout: 200 };
    const { app } = await startApp({ providers: [GreetingGateway], options });
    const socket = connect(portOf(app), '127.0.0.1');
    socket.write('GET /greet/Ada HTTP/1.1\r\nHost: a\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain(' 408 ');
    socket.destroy();
    await app.close();
  });

  it('A17. or not, the head of a request has as long as an upgrade', async () => {
    const options = { handshakeTimeout: 200 };
    const { app, url } = await startApp({ providers: [GreetingGateway], options });
    const client = await Client.connect(`${url}/greet/Ada`);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /greet/Ada HTTP/1.1\r\nHost: a\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain(' 408 ');
    socket.destroy();
    expect((await client.ask('hello')).data).toEqual(said);
    await app.close();
  });

  it('gateways serve in a standalone context, which has no HTTP server', async () => {
    const log = new LogBook();
    const context = await standalone({ port: 0, host: '127.0.0.1' }, log);
    const port = portOf(context);
    expect(log.of('log')).toContain(`Gateways are served on port ${port}`);
    const client = await Client.connect(`ws://127.0.0.1:${port}/greet/Ada`);
    expect((await client.ask('hello')).data).toEqual(said);
    await context.close();
    expect((await client.closed).code).toBe(1001);
    await expect(Client.connect(`ws://127.0.0.1:${port}/greet/Ada`)).rejects.toThrow(
      'ECONNREFUSED',
    );
  });

  it('plain HTTP is told to upgrade, and other paths get 404', async () => {
    const port = portOf(await standalone({ port: 0, host: '127.0.0.1' }));
    const response = await fetch(`http://127.0.0.1:${port}/greet/Ada`);
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect((await refusal(`ws://127.0.0.1:${port}/nowhere`)).status).toBe(404);
  });

  it('that is taken, the application does not start', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(standalone({ port, host: '127.0.0.1' })).rejects.toThrow('EADDRINUSE');
    taken.close();
  });

  it('gateways speak TLS when it is configured', async () => {
    // A shared key instead of a certificate: nothing expires, and no private key lies in the sources.
    const psk = Buffer.alloc(16, 7);
    const ciphers = 'PSK-AES128-GCM-SHA256';
    const context = await standalone({
      port: 0,
      host: '127.0.0.1',
      tls: { ciphers, maxVersion: 'TLSv1.2', pskCallback: () => psk },
    });
    const socket = new WebSocket(`wss://127.0.0.1:${portOf(context)}/greet/Ada`, {
      ciphers,
      maxVersion: 'TLSv1.2',
      pskCallback: () => ({ psk, identity: 'test' }),
      checkServerIdentity: () => undefined,
    } as object);
    await once(socket, 'open');
    const [connection] = context.get(ConnectionRegistry);
    expect(connection?.handshake.secure).toBe(true);
    socket.terminate();
  });
});

describe('upgrades of others', () => {
  it('are left alone on the same server: a development server and GraphQL keep theirs', async () => {
    const { app, url } = await startApp({ providers: [GreetingGateway] });
    const server = app.getHttpServer() as Server;
    const paths = ['/graphql', '/__vite_hmr'];
    for (const path of paths) {
      const other = new WebSocketServer({ noServer: true });
      server.on('upgrade', (request, socket, head) => {
        if (request.url !== path) return;
        other.handleUpgrade(request, socket, head, (client) => {
          client.send(JSON.stringify({ event: 'from', data: path }));
        });
      });
    }
    for (const path of paths) {
      const client = await Client.connect(url + path);
      expect((await client.next()).data).toBe(path);
      client.socket.terminate();
    }
    const ours = await Client.connect(`${url}/greet/Ada`);
    expect((await ours.ask('hello')).data).toEqual(said);
  });

  it('that take whatever comes hear nothing of what a gateway takes', async () => {
    const { app, url } = await startApp({ providers: [GreetingGateway] });
    const server = app.getHttpServer() as Server;
    // Of `ws`: answers 400 to what is not on its path, and 101 to everything without one.
    const other = new WebSocketServer({ server, path: '/other' });
    other.on('connection', (client) => {
      client.send(JSON.stringify({ event: 'from', data: 'other' }));
    });
    const greedy = new WebSocketServer({ server });
    const clients = await Promise.all([1, 2, 3].map(() => Client.connect(`${url}/greet/Ada`)));
    for (const client of clients) expect((await client.ask('hello')).data).toEqual(said);
    expect([other.clients.size, greedy.clients.size]).toEqual([0, 0]);
    for (const client of clients) expect((await client.close()).code).toBe(1005);
    greedy.close();
    const theirs = await Client.connect(`${url}/other`);
    expect((await theirs.next()).data).toBe('other');
    theirs.socket.terminate();
    other.close();
  });

  it('such as the stock adapter for other gateways take theirs, and leave ours', async () => {
    @WebSocketGateway({ path: '/standard' })
    class StandardGateway {
      @SubscribeMessage('hello')
      hello(): { event: string; data: string } {
        return { event: 'hello', data: 'standard' };
      }
    }
    const { url, log } = await startApp({
      providers: [GreetingGateway, StandardGateway],
      configure: (app) => app.useWebSocketAdapter(new WsAdapter(app)),
    });
    for (const [path, data] of [
      ['/greet/Ada', said],
      ['/standard', 'standard'],
    ] as const) {
      const client = await Client.connect(url + path);
      expect((await client.ask('hello')).data).toEqual(data);
      client.socket.terminate();
    }
    expect([...log.of('error'), ...log.of('warn')]).toEqual([]);
  });

  it('hold an upgrade that nobody wants no longer than the handshake may take', async () => {
    const { app, url } = await startApp({
      providers: [GreetingGateway],
      options: { handshakeTimeout: 100 },
    });
    const server = app.getHttpServer() as Server;
    server.on('upgrade', () => {});
    expect(await refusal(`${url}/unknown`)).toMatchObject({ status: 404 });
  });

  it('hold up no close of the application', async () => {
    const { app, url } = await startApp({ providers: [GreetingGateway] });
    const server = app.getHttpServer() as Server;
    const heard = once(server, 'upgrade');
    const waiting = refusal(`${url}/unknown`);
    await heard;
    await app.close();
    expect(await waiting).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });
});
