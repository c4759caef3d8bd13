// Calls that a client sends again, for it has lost its connection before it was answered.
import { afterEach, describe, expect, it } from '@jest/globals';
import { ConflictException, HttpException, UseGuards, type CanActivate } from '@nestjs/common';
import {
  Hub,
  MessageBody,
  OnMessage,
  RateLimit,
  tokenFromProtocol,
  VerifyClient,
  WsError,
  WsGateway,
  type HandshakeSnapshot,
} from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client, type Frame } from './support/client.js';
import { deferred, type Deferred } from './support/deferred.js';

afterEach(closeApps);

const runs: string[] = [];
let waiting: Deferred<string>[] = [];
let asked = 0;

class Asked implements CanActivate {
  canActivate(): boolean {
    asked++;
    return true;
  }
}

class Bank {
  @VerifyClient()
  verify(handshake: HandshakeSnapshot): true | { id: string } {
    const id = tokenFromProtocol()(handshake);
    return id === null ? true : { id };
  }

  @UseGuards(Asked)
  @OnMessage('pay')
  pay(@MessageBody() data: unknown): unknown {
    runs.push('pay');
    return { paid: data, run: runs.length };
  }

  @OnMessage('conflict')
  conflict(): never {
    runs.push('conflict');
    throw new ConflictException('Paid already');
  }

  @OnMessage('own')
  own(): never {
    runs.push('own');
    throw new WsError('ROOM_FULL', 'It is full', { limit: 50 });
  }

  @OnMessage('later')
  later(): never {
    runs.push('later');
    throw new HttpException('Later', 429);
  }

  @OnMessage('slow')
  async slow(): Promise<string> {
    runs.push('slow');
    const answer = deferred<string>();
    waiting.push(answer);
    return answer.promise;
  }

  @RateLimit({ messages: 1, per: 60_000 })
  @OnMessage('limited')
  limited(): number {
    return runs.push('limited');
  }
}

@WsGateway('/a')
class BankA extends Bank {}

@WsGateway('/b')
class BankB extends Bank {}

const providers = [BankA, BankB, Asked];

async function call(client: Client, event: string, id: number, key: string): Promise<Frame> {
  client.socket.send(JSON.stringify({ event, data: 5, id, key }));
  return client.next();
}

function signIn(url: string, user?: string): Promise<Client> {
  return Client.connect(url, { protocols: ['nestwire.1', ...(user ? [`bearer.${user}`] : [])] });
}

describe('a call that comes twice', () => {
  it('is handled once, guards included, on whatever connection of the user, and told the same', async () => {
    runs.length = asked = 0;
    const { url } = await startApp({ providers });
    const first = await signIn(`${url}/a`, 'ada');
    const told: Frame[] = [];
    for (const event of ['pay', 'conflict', 'own']) told.push(await call(first, event, 1, event));
    first.reset();
    const second = await signIn(`${url}/a`, 'ada');
    for (const [index, event] of ['pay', 'conflict', 'own'].entries()) {
      expect(await call(second, event, 9, event)).toEqual({ ...told[index], id: 9 });
    }
    expect(told[1]).toMatchObject({ data: { code: 'CONFLICT', message: 'Paid already' } });
    expect(told[2]).toMatchObject({ data: { code: 'ROOM_FULL', details: { limit: 50 } } });
    expect([runs, asked]).toEqual([['pay', 'conflict', 'own'], 1]);
    for (const other of [await signIn(`${url}/b`, 'ada'), await signIn(`${url}/a`, 'bob')]) {
      expect((await call(other, 'pay', 1, 'pay')).data).not.toEqual(told[0]!.data);
    }
  });

  it('is joined while it runs, is kept when nobody could be told, and is answered before the application closes', async () => {
    runs.length = 0;
    waiting = [];
    const { app, url } = await startApp({ providers });
    const first = await signIn(`${url}/a`);
    first.socket.send(JSON.stringify({ event: 'slow', id: 1, key: 'k' }));
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    first.reset();
    const second = await signIn(`${url}/a`);
    const answer = call(second, 'slow', 2, 'k');
    await call(await signIn(`${url}/a`), 'pay', 1, 'other');
    const closing = app.close();
    waiting[0]!.resolve('done');
    expect(await answer).toEqual({ event: '$shutdown', data: expect.anything() });
    expect(await second.next()).toEqual({ event: 'slow', data: 'done', id: 2 });
    await closing;
    expect(runs.filter((run) => run === 'slow')).toHaveLength(1);
    expect(app.get(Hub).stats.calls).toEqual({ running: 0, kept: 0, bytes: 0 });
  });

  it('runs again where it was not handled: limited, or refused for the moment', async () => {
    runs.length = 0;
    const { url } = await startApp({ providers });
    const client = await signIn(`${url}/a`);
    for (const id of [1, 2]) await call(client, 'later', id, 'later');
    expect(runs).toEqual(['later', 'later']);
    expect((await call(client, 'limited', 1, 'one')).data).toBe(3);
    // What was answered costs nothing; what is new does.
    expect((await call(client, 'limited', 2, 'one')).data).toBe(3);
    expect(await call(client, 'limited', 3, 'two')).toMatchObject({
      data: { code: 'RATE_LIMITED' },
    });
  });
});
