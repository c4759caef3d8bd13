/* oxlint-disable unicorn/prefer-add-event-listener -- both packages have the on* properties */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket as WsClient, WebSocketServer as WsServer } from 'ws';
import { httpServer, listen } from '../../libs/engine/src/testing-fixtures/http-servers.js';
import * as nestwire from 'nestwire/websocket-node';
import { closeAll, closeOf, nextMessage, startServer, type Connection } from './support/pair.js';

/** The part of the npm package `websocket` that is spoken to. Both have one API, which is the point. */
type Websocket = Pick<typeof nestwire, 'server' | 'client' | 'w3cwebsocket'>;

const websocket = createRequire(import.meta.url)('websocket') as Websocket;
const PAYLOADS = [0, 1, 125, 126, 65_535, 65_536, 300_000];

afterEach(closeAll);

async function echo(far: Connection, near: Connection): Promise<void> {
  near.on('message', (message) => {
    near.send(message.type === 'utf8' ? message.utf8Data : message.binaryData);
  });
  for (const size of PAYLOADS) {
    const text = 'ä'.repeat(size >> 1) + 'x'.repeat(size & 1);
    far.send(text);
    expect((await nextMessage(far)) === text).toBe(true);
    const bytes = Buffer.alloc(size, 'b');
    far.send(bytes);
    expect(bytes.equals((await nextMessage(far)) as Buffer)).toBe(true);
  }
  const pong = once(far, 'pong');
  far.ping(Buffer.from('ping'));
  expect(String((await pong)[0])).toBe('ping');
}

async function startOther(api: Websocket): Promise<{ server: nestwire.server; url: string }> {
  const http: Server = httpServer();
  const server = new api.server({ httpServer: http, autoAcceptConnections: true });
  const port = await listen(http);
  return { server, url: `ws://127.0.0.1:${port}/` };
}

describe.each([
  ['this client and the server of websocket 1.0.35', nestwire, websocket],
  ['the client of websocket 1.0.35 and this server', websocket, nestwire],
])('%s', (_what, clientSide, serverSide) => {
  it('echo messages of all sizes, ping, and close with a code', async () => {
    const { server, url } = await startOther(serverSide);
    const accepted = once(server, 'connect') as Promise<[Connection]>;
    const client = new clientSide.client();
    client.connect(url, 'echo-protocol');
    const [[far], [near]] = await Promise.all([
      once(client, 'connect') as Promise<[Connection]>,
      accepted,
    ]);
    await echo(far, near);
    const closed = Promise.all([closeOf(near), closeOf(far)]);
    far.close(4000, 'done');
    expect(await closed).toEqual([
      [4000, 'done'],
      [4000, 'done'],
    ]);
  });

  it('close from the server, too', async () => {
    const { server, url } = await startOther(serverSide);
    server.on('connect', (near) => near.close(1001));
    const client = new clientSide.client();
    client.connect(url);
    const [far] = (await once(client, 'connect')) as [Connection];
    expect((await closeOf(far))[0]).toBe(1001);
  });

  it('talk through W3CWebSocket', async () => {
    const { server, url } = await startOther(serverSide);
    server.on('connect', (near) => {
      near.on('message', (message) => near.send(message.type === 'utf8' ? message.utf8Data : ''));
    });
    const ws = new clientSide.w3cwebsocket(url);
    const said = new Promise((resolve) => {
      ws.onmessage = (event) => resolve(event.data);
    });
    ws.onopen = () => ws.send('text');
    expect(await said).toBe('text');
    ws.close();
  });

  it('hand over fragments of a message', async () => {
    const { server, url } = await startOther(serverSide);
    const accepted = once(server, 'connect') as Promise<[Connection]>;
    const client = new clientSide.client({ fragmentationThreshold: 10 });
    client.connect(url);
    await once(client, 'connect').then(([far]) => (far as Connection).send('0123456789'.repeat(9)));
    expect(await nextMessage((await accepted)[0])).toBe('0123456789'.repeat(9));
  });

  it('keep what a page of another kind would be told: rejections', async () => {
    const http = httpServer();
    const server = new serverSide.server({ httpServer: http });
    server.on('request', (request) => request.reject(401, 'Who are you'));
    const port = await listen(http);
    const client = new clientSide.client();
    client.connect(`ws://127.0.0.1:${port}/`);
    const [error] = (await once(client, 'connectFailed')) as [Error];
    expect(error.message).toContain('401 Unauthorized');
  });
});

describe('the client of ws and this server', () => {
  it.each([false, true])('echo messages, ping and close, compressed: %s', async (compressed) => {
    const { server, url } = await startServer({ perMessageDeflate: compressed });
    server.on('connect', (near) => {
      near.on('message', (message) => {
        near.send(message.type === 'utf8' ? message.utf8Data : message.binaryData);
      });
    });
    const ws = new WsClient(url, 'chat', { perMessageDeflate: compressed });
    await once(ws, 'open');
    expect(ws.protocol).toBe('chat');
    expect(ws.extensions).toBe(compressed ? 'permessage-deflate' : '');
    for (const size of [0, 1, 126, 60_000]) {
      ws.send('x'.repeat(size));
      const [data, isBinary] = (await once(ws, 'message')) as [Buffer, boolean];
      expect([data.length, isBinary]).toEqual([size, false]);
    }
    ws.ping('ping');
    expect(String((await once(ws, 'pong'))[0])).toBe('ping');
    ws.close(4000, 'done');
    const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
    expect(code).toBe(4000);
    expect(reason).toBeInstanceOf(Buffer);
  });
});

describe('this client and the server of ws', () => {
  it.each([false, true])('echo messages, ping and close, compressed: %s', async (compressed) => {
    const server = new WsServer({ port: 0, host: '127.0.0.1', perMessageDeflate: compressed });
    await once(server, 'listening');
    server.on('connection', (ws) => {
      ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
    });
    const client = new nestwire.client({ perMessageDeflate: compressed });
    client.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const [far] = (await once(client, 'connect')) as [Connection];
    expect(far.extensions).toHaveLength(compressed ? 1 : 0);
    for (const size of PAYLOADS) {
      far.send('x'.repeat(size));
      expect(await nextMessage(far)).toHaveLength(size);
    }
    far.ping('ping');
    expect(String((await once(far, 'pong'))[0])).toBe('ping');
    far.close(4000, 'done');
    expect(await closeOf(far)).toEqual([4000, 'done']);
    server.close();
  });
});
