import { once } from 'node:events';
import { createServer } from 'node:http2';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'nestwire/engine';
import {
  closeHttp2,
  listenHttp2,
  openOver,
  openSession,
} from '../../libs/engine/src/testing-fixtures/http2-peers.js';
import {
  closeRawHttp2Clients,
  connectFields,
  END_HEADERS,
  END_STREAM,
  FrameType,
  RawHttp2Client,
} from '../../libs/engine/src/testing-fixtures/raw-http2-client.js';
import { rawFrame } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { closeRawPeers, type RawPeer } from '../../libs/engine/src/testing-fixtures/raw-peer.js';

/** RFC 9113 7. */
const PROTOCOL_ERROR = 1;
const MASK = [1, 2, 3, 4];

let port: number;
let server: WebSocketServer;
let healthy: RawPeer;
const ends: [number, string][] = [];
const heard: string[] = [];

beforeEach(async () => {
  ends.length = 0;
  heard.length = 0;
  const http = createServer();
  server = new WebSocketServer({ server: http, handshakeTimeout: 500 });
  server.on('connection', (ws: WebSocket) => {
    ws.on('message', (data) => {
      heard.push((data as Buffer).toString());
      ws.send(data, { binary: false });
    });
    ws.on('error', () => {});
    ws.on('close', (code, reason) => ends.push([code, reason.toString()]));
  });
  port = await listenHttp2(http);
  healthy = await openOver(await openSession(port));
});

afterEach(async () => {
  // Whatever one client did: another's connection is as it was.
  healthy.send({ opcode: 1, payload: 'still here' });
  expect(await healthy.said()).toEqual([1, 'still here']);
  closeRawHttp2Clients();
  await closeRawPeers();
  await closeHttp2();
});

const isReset = (stream: number) => (frame: { type: number; stream: number }) =>
  frame.type === FrameType.Reset && frame.stream === stream;
const isAnswer = (stream: number) => (frame: { type: number; stream: number }) =>
  frame.type === FrameType.Headers && frame.stream === stream;

async function opened(client: RawHttp2Client, stream: number): Promise<void> {
  client.request(stream, connectFields());
  await client.next(isAnswer(stream));
}

describe('a client of HTTP/2 that breaks rules', () => {
  it.each([[':scheme'], [':path'], [':authority'], [':protocol', ':authority']])(
    'is reset for a request without %s, and may ask again',
    async (...without) => {
      const client = await RawHttp2Client.connect(port);
      client.request(1, connectFields(...without));
      const { payload } = await client.next(isReset(1));
      expect(payload.readUInt32BE(0)).toBe(PROTOCOL_ERROR);
      await opened(client, 3);
    },
  );

  it('has sent an end with its request: nobody is let in', async () => {
    const client = await RawHttp2Client.connect(port);
    client.request(1, connectFields(), END_HEADERS | END_STREAM);
    await client.next((frame) => frame.stream === 1);
    await opened(client, 3);
    expect(server.clients.size).toBe(2);
  });

  it('is heard from the start when it sends before the answer', async () => {
    const client = await RawHttp2Client.connect(port);
    client.request(1, connectFields());
    client.send(FrameType.Data, 0, 1, rawFrame({ opcode: 1, payload: 'early', mask: MASK }));
    const { payload } = await client.next(({ type, stream }) => type === 0 && stream === 1);
    expect(payload.subarray(2).toString()).toBe('early');
  });

  it('sends behind its own end: the stream is closed for it', async () => {
    const client = await RawHttp2Client.connect(port);
    await opened(client, 1);
    client.send(
      FrameType.Data,
      END_STREAM,
      1,
      rawFrame({ opcode: 1, payload: 'last', mask: MASK }),
    );
    client.send(FrameType.Data, 0, 1, rawFrame({ opcode: 1, payload: 'behind', mask: MASK }));
    while (ends.length === 0) await turn();
    expect(ends).toEqual([[1006, '']]);
    expect(heard).toEqual(['last']);
    await opened(client, 3);
  });

  it('resets requests as it sends them: they are not looked at', async () => {
    let connections = 0;
    server.on('connection', () => connections++);
    const client = await RawHttp2Client.connect(port);
    client.socket.cork();
    for (let stream = 1; stream < 201; stream += 2) {
      client.request(stream, connectFields());
      client.reset(stream);
    }
    client.socket.uncork();
    await opened(client, 201);
    expect([connections, ends]).toEqual([1, []]);
  });

  it('resets thousands of requests at once: it is sent away, and nothing is left', async () => {
    const client = await RawHttp2Client.connect(port);
    for (let index = 0; index < 3_000 && !client.socket.destroyed; index++) {
      client.request(1 + 2 * index, connectFields());
      client.reset(1 + 2 * index);
      if (index % 100 === 0) await turn();
    }
    // Node counts them (CVE-2023-44487): a thousand at once, 33 a second from there on.
    await client.next(({ type }) => type === FrameType.Goaway);
    while (server.clients.size > 1) await turn();
    expect(ends.length).toBeLessThan(1_500);
    expect(ends.every(([code]) => code === 1006)).toBe(true);
  });

  it('sends headers without end: its session ends', async () => {
    const client = await RawHttp2Client.connect(port);
    client.send(FrameType.Headers, 0, 1, Buffer.alloc(100));
    for (let index = 0; index < 2_000 && !client.socket.destroyed; index++) {
      client.send(FrameType.Continuation, 0, 1, Buffer.alloc(1_000));
      await turn();
    }
    await client.closed();
  });

  it('takes nothing: its window is full, its connection alone is ended', async () => {
    const http = createServer();
    const slow = new WebSocketServer({
      server: http,
      sendHardLimit: 500_000,
      closeTimeout: 200,
    });
    const session = await openSession(await listenHttp2(http), {
      settings: { initialWindowSize: 0 },
    });
    const connected = once(slow, 'connection');
    const peers = openOver(session);
    const [ws] = (await connected) as [WebSocket];
    const failed = new Promise((resolve) => ws.once('error', resolve));
    const closed = new Promise((resolve) => ws.once('close', resolve));
    for (let index = 0; index < 10; index++) ws.send(Buffer.alloc(100_000));
    expect(await failed).toMatchObject({ closeCode: 1013 });
    expect(await closed).toBe(1013);
    await peers;
    expect(session.destroyed).toBe(false);
  });
});
