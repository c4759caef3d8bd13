// Each test is named after a defect of the standard adapter; on this one it must not happen.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Scope, UnauthorizedException } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { Subject, type Observable } from 'rxjs';
import { WebSocket, WebSocketServer } from 'ws';
import { Client, refusal } from '../e2e/support/client.js';
import { deferred } from '../e2e/support/deferred.js';
import { closeStandard, startStandard } from './support/standard-app.js';

afterEach(closeStandard);

@WebSocketGateway({ path: '/' })
class PingGateway {
  @SubscribeMessage('ping')
  ping(@MessageBody() data: unknown): { event: string; data: unknown } {
    return { event: 'pong', data };
  }
}

const fragileParser = (data: unknown): { event: string } => {
  if (data === 'broken') throw new TypeError('a mistake in the parser');
  return { event: 'ping' };
};

describe('none of these defects of the standard adapter', () => {
  it('two gateways on one path parse every message twice', async () => {
    @WebSocketGateway({ path: '/' })
    class SecondGateway {
      @SubscribeMessage('other')
      other(): { event: string } {
        return { event: 'other' };
      }
    }
    let parsed = 0;
    const messageParser = (data: unknown): { event: string } => {
      parsed++;
      return JSON.parse(String(data)) as { event: string };
    };
    const { url } = await startStandard([PingGateway, SecondGateway], {
      options: { messageParser },
    });
    const client = await Client.connect(url);
    expect((await client.ask('ping', 1)).event).toBe('pong');
    expect((await client.ask('other')).event).toBe('other');
    expect(parsed).toBe(2);
  });

  it('bad JSON and unknown events are dropped in silence', async () => {
    const { url, log } = await startStandard([PingGateway]);
    const client = await Client.connect(url);
    for (const [text, code] of [
      ['{"event":', 'BAD_JSON'],
      ['null', 'BAD_ENVELOPE'],
      ['{"data":1}', 'BAD_ENVELOPE'],
      ['{"event":"constructor","data":"secret"}', 'UNKNOWN_EVENT'],
      [`{"event":${'['.repeat(200_000)}`, 'BAD_JSON'],
    ] as const) {
      client.socket.send(text);
      const frame = await client.next();
      expect(frame).toMatchObject({ event: 'exception', data: { status: 'error', code } });
      expect(JSON.stringify(frame)).not.toContain('secret');
    }
    expect(await client.ask('nobody', 1, 7)).toMatchObject({
      id: 7,
      data: { code: 'UNKNOWN_EVENT' },
    });
    expect(log.of('error')).toEqual([]);
  });

  it('a parser of the application that throws answers nothing', async () => {
    const { url, log } = await startStandard([PingGateway], {
      options: { messageParser: fragileParser },
    });
    const client = await Client.connect(url);
    client.socket.send('broken');
    expect((await client.next()).data).toMatchObject({ code: 'BAD_ENVELOPE' });
    expect(log.of('error')).toEqual([expect.stringContaining('a mistake in the parser')]);
    client.socket.send('fine');
    expect((await client.next()).event).toBe('pong');
  });

  it('an unknown path hangs up instead of answering 404', async () => {
    const { url } = await startStandard([PingGateway]);
    expect(await refusal(`${url}/nowhere`)).toMatchObject({ status: 404 });
  });

  it('pages of any origin get in with the cookies of the user', async () => {
    @WebSocketGateway({ path: '/open', allowedOrigins: '*' } as object)
    class OpenGateway extends PingGateway {}
    const { url } = await startStandard([PingGateway, OpenGateway]);
    const cookie = 'session=1';
    const foreign: Record<string, string>[] = [{ cookie, origin: 'http://localhost:5173' }];
    for (const headers of foreign) {
      expect(await refusal(url, { headers })).toMatchObject({ status: 403 });
      const client = await Client.connect(`${url}/open`, { headers });
      expect((await client.ask('ping')).event).toBe('pong');
    }
    await Client.connect(url, { headers: { cookie, origin: url.replace('ws', 'http') } });
    await Client.connect(url, { headers: { origin: 'http://localhost:5173' } });
  });

  it('upgrades that belong to others are destroyed', async () => {
    const { app, url } = await startStandard([PingGateway]);
    const other = new WebSocketServer({ noServer: true });
    (app.getHttpServer() as Server).on('upgrade', (request, socket, head) => {
      if (request.url !== '/theirs') return;
      other.handleUpgrade(request, socket, head, (client) => {
        client.send(JSON.stringify({ event: 'theirs' }));
      });
    });
    const theirs = await Client.connect(`${url}/theirs`);
    expect((await theirs.next()).event).toBe('theirs');
    theirs.socket.terminate();
    const ours = await Client.connect(url);
    expect((await ours.ask('ping')).event).toBe('pong');
  });

  it('app.close() ends clients with 1006', async () => {
    const { app, url } = await startStandard([PingGateway]);
    const clients = await Promise.all([Client.connect(url), Client.connect(url)]);
    await app.close();
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: 1001, reason: 'Server is shutting down' });
    }
  });

  it('a throw in handleConnection kills the process', async () => {
    @WebSocketGateway({ path: '/' })
    class ThrowingGateway {
      handled = 0;
      handleConnection(_client: unknown, request: { url: string }): void {
        if (request.url.includes('bug')) throw new Error('a secret bug');
        if (request.url.includes('http')) throw new UnauthorizedException('Who are you');
        if (request.url.includes('ws')) throw new WsException('Not today');
      }
      @SubscribeMessage('x')
      x(): void {
        this.handled++;
      }
    }
    const { app, url, log } = await startStandard([ThrowingGateway]);
    for (const [query, code, reason] of [
      ['bug', 1011, 'Internal server error'],
      ['http', 1008, 'Who are you'],
      ['ws', 1008, 'Not today'],
    ] as const) {
      const client = await Client.connect(`${url}/?${query}`);
      client.send('x');
      expect(await client.next()).toMatchObject({ event: 'exception', data: { message: reason } });
      expect(await client.closed).toEqual({ code, reason });
    }
    expect(app.get(ThrowingGateway).handled).toBe(0);
    expect(log.of('error')).toEqual([expect.stringContaining('a secret bug')]);
  });

  it('a rejection of an async handleConnection kills the process', async () => {
    @WebSocketGateway({ path: '/' })
    class BaseGateway {
      async handleConnection(_client: unknown): Promise<void> {
        await Promise.resolve();
        throw new WsException('Not today');
      }
      @SubscribeMessage('x')
      x(): void {}
    }
    @WebSocketGateway({ path: '/derived' })
    class DerivedGateway extends BaseGateway {
      wentOn = false;
      override async handleConnection(client: unknown): Promise<void> {
        await super.handleConnection(client);
        this.wentOn = true;
      }
    }
    const { app, url } = await startStandard([BaseGateway, DerivedGateway]);
    for (const path of ['/', '/derived']) {
      const client = await Client.connect(`${url}${path}`);
      expect(await client.closed).toEqual({ code: 1008, reason: 'Not today' });
    }
    expect(app.get(DerivedGateway).wentOn).toBe(false);
  });

  it('an error that cannot be told kills the process', async () => {
    const long = 'x'.repeat(200);
    @WebSocketGateway({ path: '/' })
    class StrangeGateway {
      async handleConnection(_client: unknown, request: { url: string }): Promise<void> {
        await Promise.resolve();
        if (request.url.includes('bare')) throw Object.create(null);
        if (request.url.includes('long')) throw new WsException({ code: long, message: long });
      }
      async handleDisconnect(): Promise<void> {
        await Promise.reject(Object.assign(Object.create(null), { why: 'cannot clean up' }));
      }
      @SubscribeMessage('x')
      x(): void {}
    }
    const { url, log } = await startStandard([StrangeGateway]);
    const bare = await Client.connect(`${url}/?bare`);
    expect(await bare.closed).toEqual({ code: 1011, reason: 'Internal server error' });
    const outspoken = await Client.connect(`${url}/?long`);
    expect(await outspoken.closed).toEqual({ code: 1008, reason: '' });
    await closeStandard();
    expect(log.of('error')).toEqual([
      expect.stringContaining('Cannot finish handleConnection'),
      expect.stringContaining('cannot clean up'),
      expect.stringContaining('cannot clean up'),
    ]);
  });

  it('an error in the hooks of a request-scoped gateway kills the process', async () => {
    const left = deferred();
    @Injectable({ scope: Scope.REQUEST })
    class PerClient {}
    @WebSocketGateway({ path: '/' })
    class ScopedGateway {
      constructor(readonly perClient: PerClient) {}
      async handleConnection(_client: unknown, request: { url: string }): Promise<void> {
        await Promise.resolve();
        if (request.url.includes('no')) throw new WsException('Not today');
      }
      async handleDisconnect(): Promise<void> {
        left.resolve();
        await Promise.reject(new Error('nobody waits for this'));
      }
      @SubscribeMessage('ping')
      ping(): { event: string } {
        return { event: 'pong' };
      }
    }
    const { url, log } = await startStandard([ScopedGateway, PerClient]);
    const refused = await Client.connect(`${url}/?no`);
    expect(await refused.closed).toEqual({ code: 1008, reason: 'Not today' });
    const client = await Client.connect(url);
    expect((await client.ask('ping')).event).toBe('pong');
    await client.close();
    await left.promise;
    await closeStandard();
    expect(log.of('error')).toContainEqual(expect.stringContaining('nobody waits for this'));
  });

  it('a throw in handleDisconnect kills the process', async () => {
    @WebSocketGateway({ path: '/' })
    class LeavingGateway extends PingGateway {
      handleDisconnect(): void {
        throw new Error('cannot clean up');
      }
    }
    const { url, log } = await startStandard([LeavingGateway]);
    await (await Client.connect(url)).close();
    const client = await Client.connect(url);
    expect((await client.ask('ping')).event).toBe('pong');
    expect(log.of('error')).toEqual([expect.stringContaining('cannot clean up')]);
  });

  it('a throw in a connection listener of the application kills the process', async () => {
    @WebSocketGateway({ path: '/' })
    class ListeningGateway extends PingGateway {
      afterInit(server: WebSocketServer): void {
        server.on('connection', () => {
          throw new Error('cannot greet');
        });
      }
    }
    const { url, log } = await startStandard([ListeningGateway]);
    const client = await Client.connect(url);
    expect((await client.closed).code).toBe(1011);
    expect(log.of('error')).toEqual([expect.stringContaining('cannot greet')]);
  });

  it('an answer that is not JSON kills the process', async () => {
    @WebSocketGateway({ path: '/' })
    class CircularGateway extends PingGateway {
      @SubscribeMessage('circle')
      circle(): object {
        const circle: { self?: object } = {};
        circle.self = circle;
        return circle;
      }
    }
    const { url, log } = await startStandard([CircularGateway]);
    const client = await Client.connect(url);
    client.send('circle');
    expect((await client.ask('ping')).event).toBe('pong');
    expect(log.of('error')).toEqual([expect.stringContaining('Cannot encode answer')]);
  });

  it('an answer with an id shows what an instance keeps to itself, or kills the process', async () => {
    class Account {
      readonly event = 'account';
      readonly password = 'a secret';
      toJSON(): object {
        return { event: this.event, data: 'Ada' };
      }
    }
    @WebSocketGateway({ path: '/' })
    class AccountGateway extends PingGateway {
      @SubscribeMessage('account')
      account(): Account {
        return new Account();
      }
      @SubscribeMessage('lazy')
      lazy(): object {
        return {
          event: 'lazy',
          get data(): never {
            throw new Error('cannot be read');
          },
        };
      }
    }
    const { url, log } = await startStandard([AccountGateway]);
    const client = await Client.connect(url);
    expect(await client.ask('account', null, 1)).toEqual({ event: 'account', data: 'Ada', id: 1 });
    client.send('lazy', null, 2);
    expect((await client.ask('ping', null, 3)).id).toBe(3);
    expect(log.of('error')).toEqual([expect.stringContaining('Cannot encode answer')]);
  });

  it('handlers run before an async handleConnection has finished', async () => {
    const gate = deferred();
    const order: string[] = [];
    @WebSocketGateway({ path: '/' })
    class SlowGateway {
      async handleConnection(): Promise<void> {
        await gate.promise;
        order.push('connected');
      }
      @SubscribeMessage('say')
      say(@MessageBody() n: number): { event: string } {
        order.push(`said ${n}`);
        return { event: 'said' };
      }
    }
    const { url } = await startStandard([SlowGateway]);
    const client = await Client.connect(url);
    for (let n = 0; n < 50; n++) client.send('say', n);
    // Another client's pong: the server has had its time to read.
    const other = await Client.connect(url);
    other.socket.ping();
    await once(other.socket, 'pong');
    expect(order).toEqual([]);
    gate.resolve();
    await client.take(50);
    // Both clients are connected before the first message is handled: they waited for the same.
    expect(order).toEqual([
      'connected',
      'connected',
      ...Array.from({ length: 50 }, (_, n) => `said ${n}`),
    ]);
  });

  it('a handleConnection that never ends leaves the client without an answer for ever', async () => {
    @WebSocketGateway({ path: '/' })
    class StuckGateway {
      handleConnection(): Promise<never> {
        return new Promise(() => {});
      }
      @SubscribeMessage('x')
      x(): void {}
    }
    const { url } = await startStandard([StuckGateway], { options: { connectTimeout: 20 } });
    const client = await Client.connect(url);
    expect((await client.closed).code).toBe(1013);
  });

  it('replies come out of order and without ids', async () => {
    const gates = [deferred(), deferred()];
    @WebSocketGateway({ path: '/' })
    class OrderGateway {
      @SubscribeMessage('wait')
      async wait(@MessageBody() index: number): Promise<{ event: string; data: number }> {
        await gates[index]?.promise;
        return { event: 'waited', data: index };
      }
      @SubscribeMessage('bare')
      bare(): string {
        return 'value';
      }
    }
    const { url } = await startStandard([OrderGateway], { options: { concurrency: 1 } });
    const client = await Client.connect(url);
    client.send('wait', 0, 'first');
    client.send('wait', 1, 'second');
    gates[1]?.resolve();
    gates[0]?.resolve();
    expect(await client.take(2)).toEqual([
      { event: 'waited', data: 0, id: 'first' },
      { event: 'waited', data: 1, id: 'second' },
    ]);
    expect(await client.ask('bare', null, 3)).toEqual({ event: 'bare', data: 'value', id: 3 });
  });

  it('20,000 parallel handlers from one client', async () => {
    let running = 0;
    let most = 0;
    const gate = deferred();
    @WebSocketGateway({ path: '/' })
    class BusyGateway {
      @SubscribeMessage('work')
      async work(@MessageBody() n: number): Promise<{ event: string; data: number }> {
        most = Math.max(most, ++running);
        await gate.promise;
        running--;
        return { event: 'worked', data: n };
      }
    }
    const { url } = await startStandard([BusyGateway]);
    const client = await Client.connect(url);
    for (let n = 0; n < 20_000; n++) client.send('work', n);
    // Another client's answer: the server has had its time to read.
    const other = await Client.connect(url);
    other.socket.ping();
    await once(other.socket, 'pong');
    expect(most).toBe(128);
    gate.resolve();
    const done = await client.take(20_000);
    expect(done.map(({ data }) => data)).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
    expect(most).toBe(128);
  });

  it('streams go on after the client has left', async () => {
    const ticks = new Subject<unknown>();
    @WebSocketGateway({ path: '/' })
    class TickGateway {
      @SubscribeMessage('ticks')
      ticks(): Observable<unknown> {
        return ticks;
      }
    }
    const { app, url } = await startStandard([TickGateway]);
    const client = await Client.connect(url);
    client.send('ticks');
    while (!ticks.observed) await new Promise((resolve) => setImmediate(resolve));
    ticks.next({ event: 'tick', data: 1 });
    expect(await client.next()).toEqual({ event: 'tick', data: 1 });
    await client.close();
    await app.close();
    expect(ticks.observed).toBe(false);
  });

  it('raw listeners of a gateway are answered with complaints', async () => {
    @WebSocketGateway({ path: '/raw' })
    class RawGateway {
      handleConnection(client: WebSocket): void {
        client.on('message', (data: Buffer) => client.send(`echo ${data.toString()}`));
      }
    }
    @WebSocketGateway({ path: '/first' })
    class FirstMessageGateway {
      async handleConnection(@ConnectedSocket() client: WebSocket): Promise<void> {
        const [token] = (await once(client, 'message')) as [Buffer];
        if (String(token) !== 'token') throw new WsException('Wrong token');
        client.send('"welcome"');
      }
      @SubscribeMessage('ping')
      ping(): { event: string } {
        return { event: 'pong' };
      }
    }
    const { url } = await startStandard([RawGateway, FirstMessageGateway]);
    const raw = new WebSocket(`${url}/raw`);
    await once(raw, 'open');
    raw.send('not JSON');
    expect(String((await once(raw, 'message'))[0])).toBe('echo not JSON');
    raw.terminate();

    // A handshake of one's own: the first message is awaited inside handleConnection.
    const first = new WebSocket(`${url}/first`);
    await once(first, 'open');
    first.send('token');
    expect(String((await once(first, 'message'))[0])).toBe('"welcome"');
    first.terminate();
  });
});
