// What gateways written for the adapter of @nestjs/platform-ws do beyond the decorators, on both adapters.
import { afterEach, describe, expect, it } from '@jest/globals';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  ConnectedSocket,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { NestwireAdapter } from 'nestwire';
import type { Server, WebSocket } from 'ws';
import {
  closeHttpServers,
  httpServer,
  listen,
} from '../../libs/engine/src/testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { Client } from '../e2e/support/client.js';
import { closeStandard, startStandard, type StandardAppOptions } from './support/standard-app.js';

afterEach(closeStandard);

const adapters: [string, NonNullable<StandardAppOptions['adapter']>][] = [
  ['WsAdapter', (app) => new WsAdapter(app)],
  ['NestwireAdapter', (app) => new NestwireAdapter(app)],
];

describe.each(adapters)('a gateway on %s', (_name, adapter) => {
  it('hears what comes of calling its own hooks, and the client stays', async () => {
    @WebSocketGateway({ path: '/' })
    class CallingGateway {
      async handleConnection(_client: unknown, again: unknown): Promise<string> {
        await Promise.resolve();
        if (again === 'bad') throw new Error('not welcome');
        return 'welcome';
      }
      async handleDisconnect(_client: unknown, why: unknown): Promise<string> {
        await Promise.resolve();
        if (why === 'bad') throw new Error('cannot leave');
        return `left: ${String(why)}`;
      }
      @SubscribeMessage('again')
      async again(@ConnectedSocket() client: unknown): Promise<object> {
        const results = await Promise.allSettled([
          this.handleConnection(client, 'good'),
          this.handleConnection(client, 'bad'),
          this.handleDisconnect(client, 'logout'),
          this.handleDisconnect(client, 'bad'),
        ]);
        const data = results.map((result) =>
          result.status === 'fulfilled' ? result.value : String(result.reason),
        );
        return { event: 'results', data };
      }
    }
    const { url } = await startStandard([CallingGateway], { adapter });
    const client = await Client.connect(url);
    const results = ['welcome', 'Error: not welcome', 'left: logout', 'Error: cannot leave'];
    expect((await client.ask('again')).data).toEqual(results);
    expect((await client.ask('again')).data).toEqual(results);
    await client.close();
  });

  it('has one method for an event, the last of those that name it', async () => {
    class BaseGateway {
      calls = 0;
      @SubscribeMessage('say')
      inherited(): object {
        this.calls++;
        return { event: 'said', data: 'inherited' };
      }
    }
    @WebSocketGateway({ path: '/' })
    class TwiceGateway extends BaseGateway {
      @SubscribeMessage('say')
      first(): object {
        this.calls++;
        return { event: 'said', data: 'first' };
      }
      @SubscribeMessage('say')
      second(): object {
        this.calls++;
        return { event: 'said', data: 'second' };
      }
    }
    const { app, url } = await startStandard([TwiceGateway], { adapter });
    const client = await Client.connect(url);
    expect((await client.ask('say')).data).toBe('inherited');
    expect((await client.ask('say')).data).toBe('inherited');
    expect(app.get(TwiceGateway).calls).toBe(2);
  });

  it('pauses a client until it resumes it itself', async () => {
    const ended: (() => void)[] = [];
    @WebSocketGateway({ path: '/' })
    class PausingGateway {
      @SubscribeMessage('pause')
      pause(@ConnectedSocket() client: WebSocket): object {
        client.pause();
        return { event: 'paused' };
      }
      @SubscribeMessage('wait')
      wait(): Promise<void> {
        return new Promise((resolve) => ended.push(resolve));
      }
      @SubscribeMessage('paused')
      paused(@ConnectedSocket() client: WebSocket): object {
        return { event: 'paused', data: client.isPaused };
      }
    }
    const clients: WebSocket[] = [];
    const { url } = await startStandard([PausingGateway], {
      adapter: (app) => {
        const made = adapter(app);
        const bind = made.bindClientDisconnect?.bind(made);
        made.bindClientDisconnect = (client: WebSocket, callback) => {
          clients.push(client);
          bind?.(client, callback);
        };
        return made;
      },
    });
    const client = await Client.connect(url);
    client.send('wait');
    await client.ask('pause');
    ended[0]?.();
    // The answers of another client come after the end of that handler.
    const other = await Client.connect(url);
    expect((await other.ask('paused')).data).toBe(false);
    expect(clients[0]?.isPaused).toBe(true);
    clients[0]?.resume();
    expect((await client.ask('paused')).data).toBe(false);
  });
});

it('hands a server of a gateway an upgrade of its own, rebuilt from what another process sent', async () => {
  @WebSocketGateway({ path: '/here', verifyClient: () => true })
  class Here {
    @WebSocketServer()
    server!: Server;

    @SubscribeMessage('any')
    any(): void {}
  }
  const { app } = await startStandard([Here]);
  const { server } = app.get(Here);
  const http = httpServer();
  http.on('upgrade', ({ method, headers }: IncomingMessage, socket: Duplex, head: Buffer) => {
    const request = { method, url: '/here', headers } as IncomingMessage;
    server.handleUpgrade(request, socket, head, (ws) => ws.send('taken'));
  });
  const peer = await RawPeer.upgrade(await listen(http));
  expect((await peer.readHead()).status).toBe(101);
  expect(await peer.said()).toEqual([1, 'taken']);
  await closeRawPeers();
  await closeHttpServers();
});
