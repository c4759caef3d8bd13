import { AsyncLocalStorage } from 'node:async_hooks';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BadRequestException, UnauthorizedException, ValidationPipe } from '@nestjs/common';
import { IsInt } from 'class-validator';
import {
  Hub,
  MessageBody,
  OnConnect,
  onDiagnostics,
  OnMessage,
  VerifyClient,
  WsGateway,
  type Diagnostics,
} from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

const undo: (() => void)[] = [];

function record<Name extends keyof Diagnostics>(name: Name): Diagnostics[Name][] {
  const seen: Diagnostics[Name][] = [];
  undo.push(onDiagnostics(name, (message) => seen.push(message)));
  return seen;
}

function next<Name extends keyof Diagnostics>(name: Name): Promise<Diagnostics[Name]> {
  return new Promise((resolve) => {
    const stop = onDiagnostics(name, (message) => {
      stop();
      resolve(message);
    });
  });
}

afterEach(async () => {
  for (const step of undo.splice(0)) step();
  await closeApps();
});

class Move {
  @IsInt()
  x!: number;
}

const storage = new AsyncLocalStorage<string>();
const within: (string | undefined)[] = [];

@WsGateway('/games/:game')
class GameGateway {
  @VerifyClient()
  async verify(request: { url: string }): Promise<boolean> {
    await Promise.resolve();
    within.push(storage.getStore());
    if (request.url.includes('stranger')) throw new UnauthorizedException('Who are you?');
    if (request.url.includes('slow')) await new Promise(() => {});
    return true;
  }

  @OnConnect()
  enter(): void {
    within.push(storage.getStore());
  }

  @OnMessage('move')
  move(@MessageBody(new ValidationPipe({ expectedType: Move })) move: Move): number {
    within.push(storage.getStore());
    return move.x;
  }

  @OnMessage('refuse')
  refuse(): never {
    throw new BadRequestException('no');
  }
}

describe('what is told of an application', () => {
  it('names each upgrade by its path, with how it ended', async () => {
    const { app, url } = await startApp({ providers: [GameGateway] });
    const [begun, ended] = [record('nestwire:upgrade:begin'), record('nestwire:upgrade:end')];
    const client = await Client.connect(`${url}/games/chess`);
    await expect(Client.connect(`${url}/games/go?stranger`)).rejects.toThrow();
    expect(
      ended.map(({ path, outcome, status, reason }) => [path, outcome, status, reason]),
    ).toEqual([
      ['/games/:game', 'accepted', 101, undefined],
      ['/games/:game', 'refused', 401, 'Who are you?'],
    ]);
    expect(ended[0]).toBe(begun[0]);
    expect(ended[0]?.hub).toBe(app.get(Hub));
    expect(ended[0]?.connection).toBe([...app.get(Hub).registry][0]);
    expect(ended[0]?.duration).toBeGreaterThan(0);
    client.socket.close();
  });

  it('tells of a client that breaks the rules of the handshake, and of one that leaves', async () => {
    const { url, port } = await startApp({ providers: [GameGateway] });
    const refused = next('nestwire:upgrade:end');
    const bad = connect(port, '127.0.0.1');
    bad.end(
      'GET /games/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    expect(await refused).toMatchObject({ outcome: 'refused', status: 400, path: '/games/:game' });
    bad.destroy();
    const begun = next('nestwire:upgrade:begin');
    const left = next('nestwire:upgrade:end');
    const leaving = Client.connect(`${url}/games/slow`).catch(() => {});
    const { request } = await begun;
    request.socket.destroy();
    expect(await left).toMatchObject({ outcome: 'left', status: 0, connection: undefined });
    await leaving;
  });

  it('says that a decision which never came was a refusal', async () => {
    const { url } = await startApp({
      providers: [GameGateway],
      options: { handshakeTimeout: 50 },
    });
    const ended = next('nestwire:upgrade:end');
    await expect(Client.connect(`${url}/games/slow`)).rejects.toThrow();
    expect(await ended).toMatchObject({ outcome: 'refused', status: 503 });
  });

  it('lets a listener put an async context around guards, the connect hook and handlers', async () => {
    const { url } = await startApp({ providers: [GameGateway] });
    undo.push(
      onDiagnostics('nestwire:upgrade:begin', (upgrade) =>
        upgrade.enclose((call) => storage.run('in the upgrade', call)),
      ),
      onDiagnostics('nestwire:message:begin', (message) =>
        message.enclose((call) => storage.run('in the message', call)),
      ),
    );
    within.length = 0;
    const client = await Client.connect(`${url}/games/chess`);
    client.send('move', { x: 1 }, 1);
    await client.next();
    expect(within).toEqual(['in the upgrade', 'in the upgrade', 'in the message']);
    client.socket.close();
  });

  it('tells of messages by path and event, and of what pipes refuse', async () => {
    const { url } = await startApp({ providers: [GameGateway] });
    const [ended, refused] = [record('nestwire:message:end'), record('nestwire:message:refused')];
    const client = await Client.connect(`${url}/games/chess`);
    for (const [n, event] of ['move', 'move', 'refuse', 'unheard of'].entries()) {
      client.send(event, { x: n === 1 ? 'left' : 1 }, n);
      await client.next();
    }
    expect(ended.map(({ path, event, outcome, code }) => [path, event, outcome, code])).toEqual([
      ['/games/:game', 'move', 'answered', undefined],
      ['/games/:game', 'move', 'failed', 'BAD_REQUEST'],
      ['/games/:game', 'refuse', 'failed', 'BAD_REQUEST'],
    ]);
    expect(refused.map(({ event, code }) => [event, code])).toEqual([
      ['move', 'BAD_REQUEST'],
      ['refuse', 'BAD_REQUEST'],
      ['unheard of', 'UNKNOWN_EVENT'],
    ]);
    client.socket.close();
  });

  it('tells the applications of one process apart, and joins a connection to its bytes', async () => {
    const apps = [
      await startApp({ providers: [GameGateway] }),
      await startApp({ providers: [GameGateway] }),
    ];
    const [opened, received] = [record('nestwire:hub:open'), record('nestwire:message:received')];
    const clients = await Promise.all(apps.map(({ url }) => Client.connect(`${url}/games/chess`)));
    clients[1]!.send('move', { x: 1 }, 1);
    await clients[1]!.next();
    const hubs = apps.map(({ app }) => app.get(Hub));
    const of = opened.find(({ hub }) => hub === hubs[1]);
    expect(opened).toHaveLength(2);
    expect(received.filter(({ transport }) => transport === of?.transport)).toHaveLength(1);
    for (const { socket } of clients) socket.close();
  });

  it('harms no connection when a listener throws', async () => {
    const { url } = await startApp({ providers: [GameGateway] });
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    undo.push(
      onDiagnostics('nestwire:message:begin', () => {
        throw new Error('of the listener');
      }),
    );
    const client = await Client.connect(`${url}/games/chess`);
    client.send('move', { x: 5 }, 1);
    expect((await client.next()).data).toBe(5);
    const [[message] = []] = warn.mock.calls;
    warn.mockRestore();
    expect(message).toBe('A listener of the channel nestwire:message:begin has thrown');
    client.socket.close();
  });
});
