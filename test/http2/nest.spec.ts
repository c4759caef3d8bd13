import { once } from 'node:events';
import { createSecureServer, createServer, type ClientHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Module,
  UnauthorizedException,
  type INestApplicationContext,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Connection,
  GatewayServer,
  NestwireAdapter,
  OnMessage,
  Rooms,
  VerifyClient,
  WsGateway,
  WsModule,
  type HandshakeSnapshot,
  type WsModuleOptions,
} from 'nestwire';
import { WebSocket } from 'nestwire/engine';
import { closeHttp2, openSession } from '../../libs/engine/src/testing-fixtures/http2-peers.js';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import { LogBook } from '../e2e/support/app.js';

const contexts: INestApplicationContext[] = [];

afterEach(async () => {
  await closeHttp2();
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

@WsGateway('/rooms/:name')
class RoomGateway {
  constructor(private readonly rooms: Rooms) {}

  @VerifyClient()
  verify({ headers, cookies, ip, secure, params }: HandshakeSnapshot): object {
    if (headers.authorization !== 'Bearer ada') throw new UnauthorizedException('Who are you?');
    return { id: 'ada', host: headers.host, cookies, ip, secure, room: params['name'] };
  }

  @OnMessage('who')
  who({ user }: Connection): unknown {
    return user;
  }

  @OnMessage('join')
  join(connection: Connection): void {
    this.rooms.join(connection, 'all');
  }

  @OnMessage('say')
  say(): void {
    this.rooms.to('all').send('said', 1);
  }
}

@WebSocketGateway({ path: '/standard' })
class StandardGateway {
  @SubscribeMessage('ping')
  ping(): object {
    return { event: 'pong', data: 1 };
  }
}

@Controller('page')
class PageController {
  @Get()
  page(): string {
    return 'a page';
  }
}

async function onFastify(options: object, log = new LogBook()) {
  @Module({
    imports: [WsModule.forRoot()],
    providers: [RoomGateway, StandardGateway],
    controllers: [PageController],
  })
  class AppModule {}
  const adapter = new FastifyAdapter(options);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, { logger: log });
  app.useWebSocketAdapter(new NestwireAdapter(app));
  contexts.push(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port, log };
}

async function onOwnPort(options: WsModuleOptions) {
  @Module({
    imports: [WsModule.forRoot({ port: 0, host: '127.0.0.1', ...options })],
    providers: [RoomGateway],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: new LogBook(),
    abortOnError: false,
  });
  contexts.push(app);
  return { app, port: (app.get(GatewayServer).address() as AddressInfo).port };
}

const ADA = { headers: { authorization: 'Bearer ada', cookie: 'a=1' } };

async function open(url: string, session: ClientHttp2Session | undefined): Promise<WebSocket> {
  const ws = new WebSocket(url, { ...ADA, ...(session && { session }), rejectUnauthorized: false });
  await once(ws, 'open');
  return ws;
}

async function ask(ws: WebSocket, event: string): Promise<unknown> {
  ws.send(JSON.stringify({ event, id: 1 }));
  return JSON.parse(String((await once(ws, 'message'))[0]));
}

const closed = (ws: WebSocket) => once(ws, 'close').then(([code]) => code as number);

async function body(session: ClientHttp2Session, path: string): Promise<string> {
  const request = session.request({ ':path': path });
  return String((await once(request, 'data'))[0]);
}

describe('gateways over HTTP/2', () => {
  it.each([
    ['plain', { http2: true }, false],
    ['with TLS', { http2: true, https: TEST_CERTIFICATE }, true],
    ['with HTTP/1.1 beside it', { http2: true, https: { ...TEST_CERTIFICATE, allowHTTP1: true } }, true], // prettier-ignore
    [
      'on a server of its own',
      {
        http2: true,
        serverFactory: (handle: never) => createSecureServer(TEST_CERTIFICATE, handle),
      },
      true,
    ],
    [
      'on a plain one',
      { http2: true, serverFactory: (handle: never) => createServer(handle) },
      false,
    ],
  ] as const)('are served by Fastify, %s', async (_name, options, secure) => {
    const { app, port, log } = await onFastify(options);
    const scheme = secure ? 'https' : 'http';
    const session = await openSession(`${scheme}://127.0.0.1:${port}`);
    const url = `${secure ? 'wss' : 'ws'}://127.0.0.1:${port}`;
    const ws = await open(`${url}/rooms/one`, session);
    expect(await ask(ws, 'who')).toMatchObject({
      data: {
        host: `127.0.0.1:${port}`,
        cookies: { a: '1' },
        ip: '127.0.0.1',
        secure,
        room: 'one',
      },
    });
    const standard = await open(`${url}/standard`, session);
    expect(await ask(standard, 'ping')).toMatchObject({ event: 'pong' });
    expect(await body(session, '/page')).toBe('a page');
    for (const [path, words] of [
      ['/rooms/%zz', /400/],
      ['/nowhere', /404/],
    ] as const) {
      const [error] = (await once(new WebSocket(url + path, { session }), 'error')) as [Error];
      expect(error.message).toMatch(words);
    }
    const unknown = new WebSocket(`${url}/rooms/one`, { session });
    expect(((await once(unknown, 'error'))[0] as Error).message).toMatch(/401/);
    expect(log.of('warn').concat(log.of('error'))).toEqual([]);
    const ends = Promise.all([closed(ws), closed(standard)]);
    const gone = app.close();
    expect(await ends).toEqual([1001, 1001]);
    session.destroy();
    await gone;
  });

  it('are served on both versions by one port', async () => {
    const { port } = await onOwnPort({ tls: TEST_CERTIFICATE, http2: true });
    const session = await openSession(`https://127.0.0.1:${port}`);
    const both = [
      await open(`wss://127.0.0.1:${port}/rooms/one`, session),
      await open(`wss://127.0.0.1:${port}/rooms/one`, undefined),
    ];
    for (const ws of both) {
      ws.send(JSON.stringify({ event: 'join', id: 1 }));
      await once(ws, 'message');
    }
    const heard = Promise.all(both.map((ws) => once(ws, 'message')));
    both[0]!.send(JSON.stringify({ event: 'say' }));
    for (const [data] of await heard) expect(JSON.parse(String(data))).toMatchObject({ data: 1 });
    expect(await body(session, '/')).toBe('Only WebSockets are served here');
  });

  it('say what a port may not be asked for', async () => {
    for (const [options, words] of [
      [{ http2: true, port: undefined }, /beside host, tls or http2/],
      [{ http2: 'yes' }, /http2/],
      [{ http2: { windowSize: 1 } }, /65535 to 2147483647/],
      [{ http2: { window: 1 } }, /windowSize/],
    ] as const) {
      const wrong = { host: undefined, ...options } as never;
      await expect(
        (async () => {
          const { app } = await onOwnPort(wrong);
          return app;
        })(),
      ).rejects.toThrow(words);
    }
  });

  it('take their windows from the options', async () => {
    const { port } = await onOwnPort({
      http2: { windowSize: 100_000, sessionWindowSize: 300_000 },
    });
    const session = await openSession(port);
    expect(session.remoteSettings.initialWindowSize).toBe(100_000);
    // The window is opened right behind the settings.
    await new Promise((resolve) => session.ping(resolve));
    expect(session.state.remoteWindowSize).toBe(300_000);
  });

  it('take as many of one session as the option says', async () => {
    const { port } = await onOwnPort({ http2: true, connections: { perHttp2Session: 2 } });
    const session = await openSession(port);
    expect(session.remoteSettings.maxConcurrentStreams).toBe(46);
    const url = `ws://127.0.0.1:${port}/rooms/one`;
    await Promise.all([open(url, session), open(url, session)]);
    const third = new WebSocket(url, { ...ADA, session });
    expect(((await once(third, 'error'))[0] as Error).message).toMatch(/503/);
    await open(url, await openSession(port));
    const byDefault = await onOwnPort({ http2: true });
    const second = await openSession(byDefault.port);
    expect(second.remoteSettings.maxConcurrentStreams).toBe(300);
    const any = await onOwnPort({ http2: true, connections: { perHttp2Session: 0 } });
    const endless = await openSession(any.port);
    expect(endless.remoteSettings.maxConcurrentStreams).toBeGreaterThan(1_000_000);
  });

  it('let 1,000 connections of 10 sessions go with 1001, and the sessions after them', async () => {
    const { app, port } = await onOwnPort({ http2: true });
    const sessions = await Promise.all(Array.from({ length: 10 }, () => openSession(port)));
    const all = await Promise.all(
      sessions.flatMap((session) =>
        Array.from({ length: 100 }, () => open(`ws://127.0.0.1:${port}/rooms/a`, session)),
      ),
    );
    const codes = Promise.all(all.map(closed));
    const ends = Promise.all(sessions.map((session) => once(session, 'close')));
    await app.close();
    contexts.length = 0;
    expect(new Set(await codes)).toEqual(new Set([1001]));
    await ends;
  });
});
