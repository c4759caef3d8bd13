import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeRawPeers } from '../testing-fixtures/raw-peer.js';
import { RawServer, closeRawServers } from '../testing-fixtures/raw-server.js';
import {
  closeWebSocketPairs,
  messages,
  websocketPair,
} from '../testing-fixtures/websocket-pair.js';
import { createWebSocketStream } from './stream.js';
import { WebSocket } from './websocket.js';

afterEach(async () => {
  await closeWebSocketPairs();
  await closeRawPeers();
  await closeRawServers();
});

describe('a stream over a WebSocket', () => {
  it('sends each chunk as a message of bytes', async () => {
    const { near, far } = await websocketPair();
    const received = messages(near, 2);
    const stream = createWebSocketStream(far);
    stream.write('text');
    stream.write(Buffer.from('bytes'));
    expect(await received).toEqual([Buffer.from('text'), Buffer.from('bytes')]);
  });

  it('sends strings as text when they are not to be decoded', async () => {
    const { near, far } = await websocketPair();
    const received = messages(near, 1);
    createWebSocketStream(far, { decodeStrings: false }).write('text');
    expect(await received).toEqual(['text']);
  });

  it('hands out bytes without boundaries', async () => {
    const { near, far } = await websocketPair();
    const stream = createWebSocketStream(far, { encoding: 'utf8' });
    near.send('te');
    near.send(Buffer.from('xt'));
    near.close();
    expect((await stream.toArray()).join('')).toBe('text');
  });

  it('hands out messages in object mode, text as strings', async () => {
    const { near, far } = await websocketPair();
    const stream = createWebSocketStream(far, { readableObjectMode: true });
    near.send('text');
    near.send('');
    near.send(Buffer.from('bytes'));
    near.close();
    expect(await stream.toArray()).toEqual(['text', '', Buffer.from('bytes')]);
  });

  it.each(['arraybuffer', 'fragments'] as const)('takes bytes as %s', async (type) => {
    const { near, far } = await websocketPair();
    far.binaryType = type;
    const stream = createWebSocketStream(far);
    near.send(Buffer.from('bytes'));
    near.close();
    expect(Buffer.concat((await stream.toArray()) as Buffer[]).toString()).toBe('bytes');
  });

  it('waits for a connection that is being made', async () => {
    const server = await RawServer.listen();
    const stream = createWebSocketStream(new WebSocket(server.url));
    stream.end('early');
    const { peer } = await server.accept();
    const [frame] = await peer.frames(1);
    expect(frame!.payload.toString()).toBe('early');
    expect(await peer.said()).toEqual([8]);
    peer.send({ opcode: 8 });
    peer.end();
    await finished(stream.resume());
  });

  it('carries more than fits into memory at once, both ways', async () => {
    const { near, far } = await websocketPair();
    const echo = createWebSocketStream(near);
    echo.pipe(echo);
    const stream = createWebSocketStream(far);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const total = 64 * chunk.length;
    let received = 0;
    stream.on('data', (data: Buffer) => {
      received += data.length;
      if (received === total) stream.end();
    });
    for (let count = 0; count < 64; count++) {
      if (!stream.write(chunk)) await once(stream, 'drain');
    }
    await finished(stream);
    expect(received).toBe(total);
    expect(far.readyState).toBe(WebSocket.CLOSED);
  });

  it('holds the peer back while nobody reads', async () => {
    const { near, far } = await websocketPair();
    const stream = createWebSocketStream(far, { readableHighWaterMark: 10 });
    stream.read(0);
    near.send(Buffer.alloc(20));
    near.send('second');
    while (!far.isPaused) await turn();
    expect(stream.readableLength).toBe(20);
    expect(stream.read(20)).toHaveLength(20);
    await once(stream, 'readable');
    expect(far.isPaused).toBe(false);
    expect((stream.read() as Buffer).toString()).toBe('second');
  });

  it('is held back while the peer does not read', async () => {
    const { near, far } = await websocketPair();
    near.pause();
    const stream = createWebSocketStream(far);
    const chunk = Buffer.alloc(1024 * 1024);
    let writes = 0;
    while (stream.write(chunk) && writes < 64) {
      writes++;
      await turn();
    }
    expect(stream.writableNeedDrain).toBe(true);
    const drained = once(stream, 'drain');
    near.resume();
    await drained;
  });

  it('closes the connection when it ends, and is finished when that is closed', async () => {
    const { near, far } = await websocketPair();
    const stream = createWebSocketStream(far);
    stream.resume();
    const closed = once(near, 'close');
    stream.end();
    await once(stream, 'finish');
    expect(far.readyState).toBe(WebSocket.CLOSED);
    expect((await closed)[0]).toBe(1005);
    if (!stream.closed) await once(stream, 'close');
    expect(stream.destroyed).toBe(true);
  });

  it('ends when the peer closes, and refuses what is written then', async () => {
    const { near, far } = await websocketPair();
    const stream = createWebSocketStream(far);
    stream.resume();
    near.close();
    await once(stream, 'end');
    const error = await new Promise<Error>((resolve) => {
      stream.once('error', resolve);
      stream.write('late');
    });
    expect(error.message).toBe('WebSocket is not open: readyState 3 (CLOSED)');
  });

  it('hands out all that came before the end to a reader that is slow', async () => {
    const { near, far } = await websocketPair();
    const stream = createWebSocketStream(far, { readableHighWaterMark: 1 });
    near.send('first');
    await once(stream, 'readable');
    for (const text of ['second', 'third']) near.send(text);
    stream.end();
    expect((await stream.setEncoding('utf8').toArray()).join(' ')).toBe('first second third');
  });

  it('terminates the connection when it is destroyed, and is closed after it', async () => {
    const { near, far } = await websocketPair();
    const stream = createWebSocketStream(far);
    const closed = once(near, 'close');
    const broken = new Error('broken');
    const told = new Promise((resolve) => stream.once('error', resolve));
    stream.destroy(broken);
    expect(await told).toBe(broken);
    expect(far.readyState).toBe(WebSocket.CLOSED);
    expect((await closed)[0]).toBe(1006);
  });

  it('can be destroyed while the connection is being made', async () => {
    const server = await RawServer.listen();
    const stream = createWebSocketStream(new WebSocket(server.url));
    const told = new Promise<Error>((resolve) => stream.once('error', resolve));
    stream.destroy();
    expect((await told).message).toContain('before the connection was established');
    if (!stream.closed) await once(stream, 'close');
  });

  it('can be destroyed when the connection is closed already', async () => {
    const { far } = await websocketPair();
    const closed = once(far, 'close');
    far.terminate();
    await closed;
    const stream = createWebSocketStream(far);
    stream.destroy();
    await once(stream, 'close');
  });

  it('lets a connection that failed end by itself, so that the peer is told why', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { maxPayload: 1 });
    const stream = createWebSocketStream(ws);
    const failed = finished(stream).catch((error: Error) => error.message);
    const { peer } = await server.accept();
    peer.send({ opcode: 1, payload: 'long' });
    expect(await peer.said()).toEqual([8, 1009, 'Max payload size exceeded']);
    for (let round = 0; round < 10; round++) await turn();
    expect([ws.readyState, stream.destroyed]).toEqual([WebSocket.CLOSING, true]);
    peer.end();
    expect(await failed).toBe('Max payload size exceeded');
  });

  it('is destroyed with the error of the connection', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const stream = createWebSocketStream(ws);
    const told = new Promise<Error>((resolve) => stream.once('error', resolve));
    const { peer } = await server.accept();
    peer.send({ opcode: 3 });
    await peer.over();
    peer.end();
    expect((await told).message).toContain('invalid opcode 3');
    expect(ws.readyState).toBe(WebSocket.CLOSED);
  });
});
