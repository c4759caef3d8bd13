import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable } from '@nestjs/common';
import {
  ConnectedSocket,
  Connection,
  ConnectionRegistry,
  OnConnect,
  OnMessage,
  Rooms,
  Signal,
  WsGateway,
} from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

@Injectable()
class Votes {
  constructor(private readonly rooms: Rooms) {}

  async count(): Promise<unknown> {
    const { answers, missing } = await this.rooms
      .to('voters')
      .request('vote', null, { timeout: 100 });
    return {
      votes: answers.map(({ data }) => String(data)).toSorted((a, b) => a.localeCompare(b)),
      missing: missing.map(({ reason }) => reason),
    };
  }
}

@WsGateway('/')
class AskingGateway {
  constructor(private readonly rooms: Rooms) {}

  @OnConnect()
  entered(connection: Connection): void {
    this.rooms.join(connection, 'voters');
  }

  @OnMessage('delete')
  async delete(connection: Connection, name: string): Promise<string> {
    const sure = await connection.request('confirm', { name }, { timeout: 5_000 });
    return sure === true ? `deleted ${name}` : `kept ${name}`;
  }

  @OnMessage('hurry')
  async hurry(
    @ConnectedSocket() connection: Connection,
    @Signal() signal: AbortSignal,
  ): Promise<unknown> {
    return connection.request('confirm', null, { timeout: 40, signal });
  }

  @OnMessage('note')
  note(): void {}
}

@Controller('votes')
class VotesController {
  constructor(private readonly votes: Votes) {}
  @Get()
  count(): Promise<unknown> {
    return this.votes.count();
  }
}

async function start(): Promise<{ url: string; port: number; registry: ConnectionRegistry }> {
  const { url, port, app } = await startApp({
    providers: [Votes, AskingGateway],
    controllers: [VotesController],
  });
  return { url, port, registry: app.get(ConnectionRegistry) };
}

describe('a request to a client', () => {
  it('is awaited in a handler of the same connection, past what else the client sends', async () => {
    const { url } = await start();
    const client = await Client.connect(url);
    client.send('delete', 'a.txt', 1);
    const question = await client.next();
    expect(question).toMatchObject({ event: 'confirm', data: { name: 'a.txt' } });
    for (let i = 0; i < 50; i++) client.send('note');
    client.send('$reply', true, question.id);
    expect(await client.next()).toEqual({ event: 'delete', data: 'deleted a.txt', id: 1 });
  });

  it('that is not answered becomes the TIMEOUT of the message it was made for', async () => {
    const { url } = await start();
    const client = await Client.connect(url);
    client.send('hurry', null, 1);
    expect((await client.next()).event).toBe('confirm');
    expect(await client.next()).toMatchObject({
      event: 'exception',
      id: 1,
      data: { code: 'TIMEOUT', message: expect.stringContaining('has not answered in time') },
    });
  });

  it('can be made from anywhere, by the registry', async () => {
    const { url, registry } = await start();
    const client = await Client.connect(url);
    client.send('note', null, 1);
    await client.next();
    const [connection] = registry;
    const answer = connection?.request('where');
    const { id } = await client.next();
    client.send('$reply', 'here', id);
    expect(await answer).toBe('here');
    const gone = connection?.request('where');
    client.socket.terminate();
    await expect(gone).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('a request to a room', () => {
  it('from a service gives the answers there are, and says what is missing', async () => {
    const { url, port } = await start();
    const clients = await Promise.all(
      ['yes', 'no', 'silent', 'refuses'].map(async (vote) => {
        const client = await Client.connect(url);
        client.send('note', null, 1);
        await client.next();
        return { client, vote };
      }),
    );
    const result = fetch(`http://127.0.0.1:${port}/votes`);
    for (const { client, vote } of clients) {
      const { event, id } = await client.next();
      expect(event).toBe('vote');
      if (vote === 'refuses') client.send('$error', { code: 'NO' }, id);
      else if (vote !== 'silent') client.send('$reply', vote, id);
    }
    expect(await (await result).json()).toEqual({
      votes: ['no', 'yes'],
      missing: ['timeout', 'refused'],
    });
  });
});
