import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'nestwire/engine';
import { Server, type Socket as ServerSocket } from 'socket.io';
import { io, type Socket } from 'socket.io-client';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A socket.io server whose WebSockets are the engine's, and a client of it. */
async function start(transports: string[], perMessageDeflate = false) {
  const http = createServer();
  const made: WebSocketServer[] = [];
  class Engine extends WebSocketServer {
    constructor(options: ConstructorParameters<typeof WebSocketServer>[0]) {
      super(options);
      made.push(this);
    }
  }
  const server = new Server(http, { wsEngine: Engine as never, perMessageDeflate });
  server.on('connection', (socket) => {
    socket.on('echo', (...args: unknown[]) => {
      const answer = args.pop() as (...values: unknown[]) => void;
      answer(...args);
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const connected = once(server, 'connection') as Promise<[ServerSocket]>;
  const client: Socket = io(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, {
    transports,
    forceNew: true,
    reconnection: false,
  });
  closing.push(
    () => client.disconnect(),
    () => server.close(),
  );
  await once(client as never, 'connect');
  const [peer] = await connected;
  return { server, client, peer, made };
}

describe('socket.io with the server of the engine as its wsEngine', () => {
  it.each([false, true])('talks over WebSocket from the start, compression %s', async (deflate) => {
    const { client, peer, made } = await start(['websocket'], deflate);
    expect([client.io.engine.transport.name, peer.conn.transport.name]).toEqual([
      'websocket',
      'websocket',
    ]);
    expect(made.length).toBeGreaterThan(0);
    const bytes = Buffer.alloc(100_000, 'b');
    const answer: unknown[] = await new Promise((resolve) => {
      client.emit('echo', 'text', { a: ['ä', 1] }, bytes, (...args: unknown[]) => resolve(args));
    });
    expect(answer.slice(0, 2)).toEqual(['text', { a: ['ä', 1] }]);
    expect(bytes.equals(answer[2] as Buffer)).toBe(true);
  });

  it('upgrades from polling', async () => {
    const { client, peer } = await start(['polling', 'websocket']);
    if (client.io.engine.transport.name !== 'websocket')
      await once(client.io.engine as never, 'upgrade');
    expect(client.io.engine.transport.name).toBe('websocket');
    const answer = await client.timeout(5_000).emitWithAck('echo', 'after the upgrade');
    expect(answer).toBe('after the upgrade');
    expect(peer.conn.transport.name).toBe('websocket');
  });

  it('broadcasts to rooms, and notices who leaves', async () => {
    const { server, client, peer } = await start(['websocket']);
    await peer.join('room');
    const heard = once(client as never, 'news');
    server.to('room').emit('news', 1, Buffer.from('x'));
    expect((await heard)[0]).toBe(1);
    const left = once(peer, 'disconnect');
    client.disconnect();
    expect(await left).toEqual(['client namespace disconnect', undefined]);
  });

  it('drops a client that sends more than its limit', async () => {
    const { client } = await start(['websocket']);
    const gone = once(client as never, 'disconnect');
    client.emit('echo', 'x'.repeat(2_000_000), () => {});
    expect((await gone)[0]).toMatch(/transport (close|error)/);
  });
});
