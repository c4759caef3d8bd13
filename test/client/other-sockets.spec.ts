// The client upon classes of sockets that others have written: `WebSocket` is an option.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CanJoin,
  ConnectedSocket,
  Connection,
  History,
  MessageBody,
  OnMessage,
  VerifyClient,
  WsGateway,
  type RoomGrant,
} from 'nestwire';
import {
  connect,
  type Client,
  type ClientError,
  type ClientOptions,
  type WebSocketClass,
} from 'nestwire/client';
import { msgpack } from 'nestwire/client/msgpack';
import { WebSocket as EngineSocket } from 'nestwire/engine';
import { WebSocket as UndiciSocket } from 'undici';
import { WebSocket as WsSocket } from 'ws';
import { closeApps, startApp } from '../e2e/support/app.js';

const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await closeApps();
});

@WsGateway('/board')
class BoardGateway {
  constructor(readonly history: History) {}

  @CanJoin()
  mayJoin(): RoomGrant {
    return {};
  }

  @OnMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @OnMessage('cut')
  async cut(@ConnectedSocket() connection: Connection): Promise<void> {
    connection.terminate();
    await connection.closed;
    for (const text of ['one', 'two']) await this.history.publish('lobby', 'said', text);
  }

  @OnMessage('leave')
  leave(@ConnectedSocket() connection: Connection): void {
    connection.close(1000, 'Good night');
  }
}

@WsGateway('/closed')
class ClosedGateway {
  @VerifyClient()
  verify(): boolean {
    return false;
  }
}

// Node has one of its own from 22 on: undici's, of the version that Node was built with.
const own = (globalThis as { WebSocket?: unknown }).WebSocket;
const classes = {
  'nestwire/engine': EngineSocket,
  ws: WsSocket,
  undici: UndiciSocket,
  ...(own === undefined ? {} : { Node: own }),
} as unknown as Record<string, WebSocketClass>;

describe.each(Object.entries(classes))('the client upon the WebSocket of %s', (_, WebSocket) => {
  async function start(path: string, options: ClientOptions = {}) {
    const { url } = await startApp({
      providers: [BoardGateway, ClosedGateway],
      options: { history: { maxMessages: 10 } },
    });
    return open(url + path, options);
  }

  function open(url: string, options: ClientOptions = {}): Client {
    const client = connect(url, { WebSocket, backoff: { first: 10, most: 50 }, ...options });
    clients.push(client);
    return client;
  }

  it('calls, and closes with a code', async () => {
    const client = await start('/board');
    expect(await client.call('echo', { text: 'é' })).toEqual({ text: 'é' });
    client.close(4001, 'enough');
    expect(client.state).toMatchObject({ name: 'closed', code: 4001 });
  });

  it('carries bytes', async () => {
    const client = await start('/board', { codec: msgpack });
    const bytes = Uint8Array.from({ length: 256 }, (__, at) => at);
    expect(await client.call('echo', bytes)).toEqual(bytes);
  });

  it('comes back into its room, and misses nothing', async () => {
    const client = await start('/board');
    const room = client.room('lobby');
    const heard: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      room.on('said', (text) => {
        if (heard.push(text) === 2) resolve();
      });
    });
    await room.join();
    await client.send('cut');
    await all;
    expect(heard).toEqual(['one', 'two']);
  });

  it('can read why it is refused', async () => {
    const client = await start('/closed');
    const error = await client.opened().catch((reason: ClientError) => reason.code);
    expect(error).toBe('REFUSED');
    expect(client.state).toMatchObject({ name: 'refused', status: 403, code: 'FORBIDDEN' });
  });

  it('is told that the server has closed for good', async () => {
    const client = await start('/board');
    const closed = new Promise((resolve) => {
      client.onState((state) => {
        if (state.name === 'closed') resolve(state);
      });
    });
    await client.send('leave');
    expect(await closed).toMatchObject({ by: 'server', code: 1000, reason: 'Good night' });
  });

  it('waits while there is no server', async () => {
    const client = open('ws://127.0.0.1:1/');
    await new Promise<void>((resolve) => {
      client.onState((state) => {
        if (state.name === 'waiting' && state.attempt === 3) resolve();
      });
    });
    expect(client.state).toMatchObject({ why: { code: 'LOST' } });
  });
});
