import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  BadRequestException,
  Controller,
  Get,
  Ip,
  Query,
  UnauthorizedException,
  type INestApplication,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import {
  ConnectedSocket,
  Connection,
  Handshake,
  MessageBody,
  NestwireAdapter,
  OnConnect,
  OnMessage,
  Protocol,
  VerifyClient,
  WsGateway,
  type HandshakeSnapshot,
} from 'nestwire';
import { WsExceptionError, WsRefusedError, WsTestClient, WsTestError } from 'nestwire/testing';
import { Subject } from 'rxjs';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import { closeApps, createApp, LogBook, startApp, testModule } from '../e2e/support/app.js';

afterEach(closeApps);

const ticks = new Subject<number>();

/** For what will not come. */
const SOON = { timeout: 100 };

@Protocol('v2', 'v1')
@WsGateway('/echo')
class EchoGateway {
  @VerifyClient()
  admit(
    @Query('name') name: string | undefined,
    @Handshake() { headers }: HandshakeSnapshot,
  ): { name: string | undefined } {
    if (headers['authorization'] === 'wrong') throw new UnauthorizedException('Who are you');
    return { name };
  }

  @OnConnect()
  greet(@ConnectedSocket() connection: Connection, @Ip() ip: string): void {
    const { secure, headers } = connection.handshake;
    connection.send('welcome', { user: connection.user, ip, secure, agent: headers['x-agent'] });
  }

  @OnMessage('say')
  say(@MessageBody() data: unknown): unknown {
    return data;
  }

  @OnMessage('twice')
  twice(connection: Connection): void {
    connection.send('one', 1);
    connection.send('two', 2);
  }

  @OnMessage('fail')
  fail(): never {
    throw new BadRequestException('too early');
  }

  @OnMessage('raw')
  raw(connection: Connection): void {
    connection.sendRaw('just text');
    connection.sendRaw(Buffer.from([1, 2, 3]));
  }

  @OnMessage('ask')
  ask(connection: Connection): void {
    connection.sendRaw('{"event":"position","id":"$1"}');
  }

  @OnMessage('count')
  async *count(@MessageBody() to: number): AsyncGenerator<number> {
    for (let n = 1; n <= to; n++) yield await Promise.resolve(n);
  }

  @OnMessage('ticks')
  ticks(): Subject<number> {
    return ticks;
  }

  @OnMessage('leave')
  leave(connection: Connection): void {
    connection.close(4000, 'as you wish');
  }
}

@Controller()
class PlainController {
  @Get('plain')
  plain(): string {
    return 'plain';
  }
}

const app = (): Promise<INestApplication> =>
  createApp({ providers: [EchoGateway], controllers: [PlainController] });

const ways = {
  'in memory': app,
  'over a port': async () => (await startApp({ providers: [EchoGateway] })).app,
};

async function open(
  application: INestApplication,
  options?: Parameters<typeof WsTestClient.connect>[2],
): Promise<WsTestClient> {
  const client = await WsTestClient.connect(application, '/echo', {
    timeout: 10_000,
    protocols: ['v1', 'v2'],
    ...options,
  });
  await client.next('welcome');
  return client;
}

/** The error of something that must fail. */
async function failureOf(promise: Promise<unknown>): Promise<WsTestError> {
  const failure: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof WsTestError) return failure;
  throw new Error(`expected a WsTestError, got ${String(failure)}`);
}

describe.each(Object.entries(ways))('WsTestClient %s', (way, start) => {
  it('brings headers, query and subprotocols, and sees what the gateway makes of them', async () => {
    const client = await WsTestClient.connect(await start(), 'echo', {
      headers: { 'x-agent': 'test' },
      query: { name: 'Ada & co' },
      protocols: ['v1', 'v2'],
    });
    expect(client.protocol).toBe('v2');
    expect(client.headers['sec-websocket-protocol']).toBe('v2');
    expect(await client.next('welcome')).toEqual({
      event: 'welcome',
      data: { user: { name: 'Ada & co' }, ip: '127.0.0.1', secure: false, agent: 'test' },
    });
    expect(await client.close()).toEqual({ code: 1000, reason: '' });
  });

  it('rejects a refused handshake with its status, headers and body', async () => {
    const application = await start();
    const refused = await failureOf(open(application, { headers: { authorization: 'wrong' } }));
    expect(refused).toBeInstanceOf(WsRefusedError);
    expect(refused).toMatchObject({ status: 401, body: { message: 'Who are you' } });
    expect(refused.message).toContain('Cannot connect to /echo: the server answered 401');
    await expect(WsTestClient.connect(application, '/nowhere')).rejects.toMatchObject({
      status: 404,
      headers: { connection: 'close' },
    });
  });

  it('tells the status of a refusal whose body is cut off', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(403, { 'Content-Length': 100 });
      response.write('half of it', () => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const refused = await failureOf(WsTestClient.connect(`ws://127.0.0.1:${port}`));
    expect(refused).toMatchObject({ name: 'WsRefusedError', status: 403, body: 'half of it' });
    server.close();
  });

  it('takes frames in any order and leaves the others unread', async () => {
    const client = await open(await start());
    client.send('twice');
    expect((await client.next('two')).data).toBe(2);
    expect(client.unread).toEqual([{ event: 'one', data: 1 }]);
    expect(await client.next()).toEqual({ event: 'one', data: 1 });
    client.send('twice');
    expect((await client.next(({ data }) => data === 2)).event).toBe('two');
  });

  it('gives texts and bytes that are no frames', async () => {
    const client = await open(await start());
    client.send('raw');
    expect(await client.nextText()).toBe('just text');
    expect(await client.nextBinary()).toEqual(Buffer.from([1, 2, 3]));
    client.sendRaw('{');
    expect((await client.next('exception')).data).toMatchObject({ code: 'BAD_JSON' });
  });

  it('gets the answer to a request, whatever comes in between', async () => {
    const client = await open(await start());
    client.send('twice');
    expect(await client.request('say', { text: 'hi' })).toEqual({ text: 'hi' });
    expect(client.unread.map(({ event }) => event)).toEqual(['one', 'two']);
    const failure = await failureOf(client.request('fail'));
    expect(failure).toBeInstanceOf(WsExceptionError);
    expect(failure).toMatchObject({ code: 'BAD_REQUEST', message: 'too early' });
  });

  it('asks for a stream at once, not when the first answer is waited for', async () => {
    const client = await open(await start());
    const counted = client.stream<number>('count', 1);
    expect(client.transcript).toContain('-> {"event":"count"');
    expect(await counted.next()).toMatchObject({ done: false });
    await counted.return();
  });

  it('iterates over a stream, and cancels it when the loop is left', async () => {
    const client = await open(await start());
    const counted: number[] = [];
    for await (const n of client.stream<number>('count', 3)) counted.push(n);
    expect(counted).toEqual([1, 2, 3]);
    const stream = client.stream<number>('ticks');
    const first = stream.next();
    await client.ping();
    ticks.next(7);
    expect((await first).value).toBe(7);
    await stream.return();
    await client.ping();
    expect(ticks.observed).toBe(false);
    const failed = client.stream('fail').next();
    await expect(failed).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('answers requests of the server', async () => {
    const client = await open(await start());
    client.send('ask');
    const question = await client.next('position');
    client.reply(question, { x: 1 });
    client.refuse(question, { code: 'LOST', message: 'no idea' });
    expect(client.transcript).toContain('-> {"event":"$reply","data":{"x":1},"id":"$1"}');
    expect(client.transcript).toContain('-> {"event":"$error","data":{"code":"LOST"');
  });

  it('expects a close, with a code and a reason when they are given', async () => {
    const application = await start();
    const client = await open(application);
    client.send('leave');
    const end = { code: 4000, reason: 'as you wish' };
    expect(await client.expectClose(4000, 'as you wish')).toEqual(end);
    expect(await client.expectClose()).toEqual(end);
    const other = await failureOf(client.expectClose(1008));
    expect(other.problem).toBe('Expected a close with 1008, current value is 4000 "as you wish"');
    const staying = await failureOf((await open(application)).expectClose(1008, undefined, SOON));
    expect(staying.problem).toBe('Expected a close with 1008: still open after 100 ms');
  });

  it('expects nothing: no message and no close', async () => {
    const client = await open(await start());
    await client.expectNothing();
    await client.expectNothing(5);
    client.send('say', 'hi');
    const failure = await failureOf(client.expectNothing());
    expect(failure.problem).toBe('Expected nothing, current value is {"event":"say","data":"hi"}');
    await client.next();
    client.send('leave');
    expect((await failureOf(client.expectNothing())).problem).toContain('a close with 4000');
  });

  it('says in an error what was awaited, what came instead and what went before', async () => {
    const client = await open(await start());
    client.send('twice', { why: 'so' });
    const failure = await failureOf(client.next('three', SOON));
    expect(failure.message.replaceAll(/ +\d+ ms  /g, '    0 ms  '))
      .toBe(`Cannot get "three": nothing like it came within 100 ms; unread:
  {"event":"one","data":1}
  {"event":"two","data":2}

What happened:
    0 ms  open /echo (v2)
    0 ms  <- {"event":"welcome","data":{"user":{},"ip":"127.0.0.1","secure":false}}
    0 ms  -> {"event":"twice","data":{"why":"so"}}
    0 ms  <- {"event":"one","data":1}
    0 ms  <- {"event":"two","data":2}
`);
    // The stack leads to the line of the test, not to a timer.
    expect(failure.stack).toContain('ws-test-client.spec.ts');
  });

  it('does not wait for what can no longer come', async () => {
    const client = await open(await start());
    const waiting = failureOf(client.next('more'));
    client.send('leave');
    expect((await waiting).problem).toBe(
      'Cannot get "more": the connection was closed with 4000 "as you wish"',
    );
    expect((await failureOf(client.next('more'))).problem).toContain('the connection was closed');
    expect((await failureOf(client.ping())).problem).toContain('the connection was closed');
  });

  it('can be lost like a network', async () => {
    const application = await start();
    const client = await open(application);
    client.terminate();
    expect((await client.closed).code).toBe(1006);
  });

  it('carries more than the buffers hold', async () => {
    const client = await open(await start());
    const text = 'ü'.repeat(200_000);
    expect(await client.request('say', { text })).toEqual({ text });
  });

  it('hears of it when the application closes', async () => {
    const application = await start();
    const client = await open(application);
    await application.close();
    await client.expectClose(1001);
  });
});

describe('WsTestClient', () => {
  it('connects in memory to an application that listens, if told to', async () => {
    const { app: application } = await startApp({ providers: [EchoGateway] });
    const server = application.getHttpServer() as Server;
    let accepted = 0;
    server.on('connection', ({ constructor }: object) => {
      if (constructor.name === 'MemorySocket') accepted++;
    });
    await open(application, { inMemory: true });
    await open(application);
    expect(accepted).toBe(1);
  });

  it('connects to a URL', async () => {
    const { url } = await startApp({ providers: [EchoGateway] });
    const client = await WsTestClient.connect(url, '/echo', { protocols: 'v1' });
    expect(client.protocol).toBe('v1');
    await client.close();
  });

  it('says when nobody answers', async () => {
    const { app: application, url } = await startApp({ providers: [EchoGateway] });
    await application.close();
    const failure = await failureOf(WsTestClient.connect(url, '/echo'));
    expect(failure.message).toMatch(/^Cannot connect to \/echo: .*ECONNREFUSED/);
  });

  it('leaves plain requests in memory to the application', async () => {
    const application = await app();
    await open(application);
    await application.listen(0, '127.0.0.1');
    const { port } = (application.getHttpServer() as Server).address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/plain`);
    expect(await answer.text()).toBe('plain');
  });

  it('tests standard gateways, too', async () => {
    @WebSocketGateway({ path: '/standard' })
    class StandardGateway {
      @SubscribeMessage('who')
      who(): string {
        return 'standard';
      }
      @SubscribeMessage('fail')
      fail(): never {
        throw new WsException('refused');
      }
    }
    const application = await createApp({
      providers: [StandardGateway],
      configure: (one) => one.useWebSocketAdapter(new NestwireAdapter(one)),
    });
    const client = await WsTestClient.connect(application, '/standard');
    expect(await client.request('who')).toBe('standard');
    await expect(client.request('fail')).rejects.toThrow('refused');
    client.send('who');
    expect(await client.nextText()).toBe('"standard"');
  });

  it('takes an application of @nestjs/testing as it comes', async () => {
    const module = await Test.createTestingModule({
      imports: [testModule({ providers: [EchoGateway] })],
    })
      .setLogger(new LogBook())
      .compile();
    const application = module.createNestApplication();
    application.useWebSocketAdapter(new NestwireAdapter(application));
    const client = await open(application);
    expect(await client.request('say', 1)).toBe(1);
    await application.close();
    await client.expectClose(1001);
  });

  it('speaks TLS to an application that does, and is secure in memory, too', async () => {
    const httpsOptions = { key: TEST_CERTIFICATE.key, cert: TEST_CERTIFICATE.cert };
    const log = new LogBook();
    const module = testModule({ providers: [EchoGateway] });
    const application = await NestFactory.create(module, { httpsOptions, logger: log });
    for (const inMemory of [true, false]) {
      if (!inMemory) await application.listen(0, '127.0.0.1');
      const client = await WsTestClient.connect(application, '/echo', { protocols: 'v1' });
      expect((await client.next('welcome')).data).toMatchObject({ secure: true });
      expect(client.socket.url).toMatch(inMemory ? /^ws:/ : /^wss:/);
      await client.close();
    }
    await application.close();
  });

  it('works while the clock of the test is faked', async () => {
    const application = await app();
    await application.init();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    try {
      const client = await open(application);
      expect(await client.request('say', 1)).toBe(1);
      await client.close();
    } finally {
      jest.useRealTimers();
    }
  });

  it('keeps a transcript of the last fifty lines', async () => {
    const client = await open(await app());
    for (let n = 0; n < 60; n++) await client.request('say', 'x'.repeat(300));
    const lines = client.transcript.split('\n');
    expect(lines).toHaveLength(52);
    expect(lines[1]).toBe('  (72 lines before)');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(250);
    client.terminate();
    await once(client.socket, 'close');
  });
});
