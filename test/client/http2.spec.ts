// The client on sessions of HTTP/2.
import { once } from 'node:events';
import {
  connect as connectSession,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConnectedSocket, Connection, MessageBody, OnMessage, WsGateway, WsModule } from 'nestwire';
import { connect, type Client, type ClientOptions } from 'nestwire/client';
import { overHttp2, type Http2Options } from 'nestwire/client/http2';
import { closeHttp2, listenHttp2 } from '../../libs/engine/src/testing-fixtures/http2-peers.js';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import { LogBook } from '../e2e/support/app.js';
import { Gate } from './support/gate.js';
import { LogGateway } from './support/log-gateway.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  await closeHttp2();
});

@WsGateway('/echo')
class EchoGateway {
  @OnMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @OnMessage('leave')
  leave(@ConnectedSocket() connection: Connection): void {
    connection.close(1000, 'Good night');
  }
}

async function serve(options: object = {}) {
  @Module({
    imports: [WsModule.forRoot({ history: { maxMessages: 10 } })],
    providers: [EchoGateway, LogGateway],
  })
  class AppModule {}
  const adapter = new FastifyAdapter({ http2: true, ...options });
  const logger = new LogBook();
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, { logger });
  cleanups.push(() => app.close());
  const sessions: ServerHttp2Session[] = [];
  const server = app.getHttpServer() as unknown as Http2Server;
  server.on('session', (session) => sessions.push(session));
  await app.listen(0, '127.0.0.1');
  return { app, sessions, port: (server.address() as AddressInfo).port };
}

function open(url: string, options: ClientOptions): Client {
  const client = connect(url, { backoff: { first: 10, most: 50 }, ...options });
  cleanups.push(() => client.close());
  return client;
}

const reaches = (client: Client, name: string) =>
  new Promise<void>((resolve) => {
    const off = client.onState((state) => {
      if (state.name !== name) return;
      off();
      resolve();
    });
  });

/** Why there is no connection, at the first pause. */
async function whyNot(port: number, options: Http2Options = {}): Promise<unknown> {
  const client = open(`ws://127.0.0.1:${port}/echo`, { WebSocket: overHttp2(options) });
  await reaches(client, 'waiting');
  return client.state.name === 'waiting' ? client.state.why.message : client.state;
}

describe('the client on sessions of HTTP/2', () => {
  it('shares one with others, which ends behind the last of them', async () => {
    const { port, sessions } = await serve();
    const WebSocket = overHttp2();
    const all = ['/echo', '/log', '/echo?a=b'].map((path) =>
      open(`ws://127.0.0.1:${port}${path}`, { WebSocket }),
    );
    await Promise.all(all.map((client) => client.opened()));
    expect(await all[0]!.call('echo', 'ä'.repeat(300_000))).toHaveLength(300_000);
    expect(sessions).toHaveLength(1);
    const ended = once(sessions[0]!, 'close');
    await all[0]!.send('leave');
    for (const client of all.slice(1)) client.close();
    await ended;
    all[1]!.connect();
    await all[1]!.opened();
    expect(sessions).toHaveLength(2);
  });

  it('comes back on another, into its room, however one ends', async () => {
    const { app, port, sessions } = await serve();
    const { history } = app.get(LogGateway);
    const gate = await Gate.start(port);
    cleanups.push(() => gate.stop());
    const WebSocket = overHttp2();
    const client = open(`ws://127.0.0.1:${gate.port}/log`, { WebSocket });
    const other = open(`ws://127.0.0.1:${gate.port}/echo`, { WebSocket });
    const room = client.room('lobby');
    const heard: unknown[] = [];
    let wanted = 0;
    let all: (() => void) | undefined;
    room.on('said', (n) => {
      if (heard.push(n) === wanted) all?.();
    });
    await room.join();
    for (const end of [
      () => sessions.at(-1)!.destroy(),
      () => sessions.at(-1)!.destroy(new Error('broken')),
      () => {
        gate.shut();
        gate.open();
      },
    ]) {
      await Promise.all([client.opened(), other.opened()]);
      const lost = [reaches(client, 'waiting'), reaches(other, 'waiting')];
      const told = new Promise<void>((resolve) => (all = resolve));
      wanted += 2;
      end();
      for (const n of [wanted - 1, wanted]) await history.publish('lobby', 'said', n);
      await Promise.all([...lost, told]);
    }
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
    await Promise.all([client.opened(), other.opened()]);
    expect(sessions).toHaveLength(4);
  });

  it('goes on where it is after GOAWAY, and opens another for the next', async () => {
    const { port, sessions } = await serve();
    const WebSocket = overHttp2();
    const first = open(`ws://127.0.0.1:${port}/echo`, { WebSocket });
    await first.opened();
    const states: string[] = [];
    first.onState(({ name }) => states.push(name));
    sessions[0]!.goaway();
    // The answer comes behind it.
    expect(await first.call('echo', 1)).toBe(1);
    const second = open(`ws://127.0.0.1:${port}/echo`, { WebSocket });
    expect(await second.call('echo', 2)).toBe(2);
    expect(await first.call('echo', 3)).toBe(3);
    expect([sessions.length, states]).toEqual([2, []]);
  });

  it('leaves one whose server is silent, as soon as another joins it', async () => {
    const { port, sessions } = await serve();
    const gate = await Gate.start(port);
    cleanups.push(() => gate.stop());
    const WebSocket = overHttp2({ answerTimeout: 500 });
    const first = open(`ws://127.0.0.1:${gate.port}/echo`, { WebSocket });
    expect(await first.call('echo', 1)).toBe(1);
    gate.silence();
    const lost = reaches(first, 'waiting');
    const second = open(`ws://127.0.0.1:${gate.port}/echo`, { WebSocket });
    await lost;
    expect(await Promise.all([first.call('echo', 2), second.call('echo', 3)])).toEqual([2, 3]);
    expect(sessions).toHaveLength(2);
  });

  it('opens as many as its WebSockets need', async () => {
    const { port, sessions } = await serve();
    const few = await serve({
      serverFactory: (handle: never) =>
        createServer({ settings: { maxConcurrentStreams: 2 } }, handle),
    });
    for (const [to, maxPerSession] of [
      [port, 3],
      [few.port, 100],
    ] as const) {
      const WebSocket = overHttp2({ maxPerSession });
      for (let count = 0; count < 6; count++) {
        await open(`ws://127.0.0.1:${to}/echo`, { WebSocket }).opened();
      }
    }
    expect([sessions.length, few.sessions.length]).toEqual([2, 3]);
  });

  it('opens them as the options say', async () => {
    const { port, sessions } = await serve({ https: TEST_CERTIFICATE });
    const WebSocket = overHttp2({
      connect: { rejectUnauthorized: false, settings: { maxHeaderListSize: 9_999 } },
      windowSize: 100_000,
      sessionWindowSize: 300_000,
      socket: { headers: { 'X-More': '1' } },
    });
    const client = open(`wss://127.0.0.1:${port}/echo`, { WebSocket });
    await client.opened();
    const [session] = sessions;
    await new Promise((resolve) => session!.ping(resolve));
    expect(session!.remoteSettings).toMatchObject({
      initialWindowSize: 100_000,
      maxHeaderListSize: 9_999,
    });
    // Less what has been said since.
    expect(session!.state.remoteWindowSize).toBeGreaterThan(299_000);
    expect(session!.state.remoteWindowSize).toBeLessThanOrEqual(300_000);
  });

  it('takes those of the application, and leaves them open', async () => {
    const { port } = await serve();
    const asked: string[] = [];
    const own: ReturnType<typeof connectSession>[] = [];
    const WebSocket = overHttp2({
      session: (url) => {
        asked.push(url.pathname);
        const last = own.at(-1);
        // One that was destroyed need not be closed.
        if (last && !last.closed && !last.destroyed) return last;
        const opened = connectSession(url.href.replace('ws:', 'http:'));
        own.push(opened);
        return opened;
      },
    });
    cleanups.push(() => own.forEach((session) => session.destroy()));
    const client = open(`ws://127.0.0.1:${port}/echo`, { WebSocket });
    await client.opened();
    own[0]!.destroy();
    await reaches(client, 'waiting');
    await client.opened();
    client.close();
    const next = open(`ws://127.0.0.1:${port}/log`, { WebSocket });
    await next.opened();
    expect([asked, own.length, own[1]!.destroyed]).toEqual([['/echo', '/echo', '/log'], 2, false]);
  });

  it('says why there is no connection', async () => {
    const without = createServer();
    without.on('stream', (stream) => stream.respond({ ':status': 404 }, { endStream: true }));
    expect(await whyNot(await listenHttp2(without))).toMatch(/CONNECT_PROTOCOL/);
    expect(await whyNot(1)).toMatch(/ECONNREFUSED/);
    const deaf = await Gate.start(await listenHttp2(createServer()));
    cleanups.push(() => deaf.stop());
    deaf.shut();
    expect(await whyNot(deaf.port)).toMatch(/session|socket|closed/i);
  });

  it('says which option is wrong', () => {
    for (const [options, words] of [
      [{ maxPerSessions: 1 }, /maxPerSessions.*maxPerSession\?/],
      [{ maxPerSession: 0 }, /maxPerSession.*from 1 on.*0/],
      [{ windowSize: 1 }, /windowSize.*from 65535 on.*1/],
      [{ sessionWindowSize: 70_000.5 }, /sessionWindowSize.*70000.5/],
      [{ answerTimeout: '5' }, /answerTimeout.*number is expected.*string/],
      [{ session: {} }, /session.*function is expected.*object/],
      [{ connect: 5 }, /connect.*object is expected.*number/],
    ] as const) {
      expect(() => overHttp2(options as never)).toThrow(words);
    }
  });
});
