import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { opened } from '../testing-fixtures/client-outcome.js';
import { closeRawPeers, type RawPeer } from '../testing-fixtures/raw-peer.js';
import { RawServer, closeRawServers } from '../testing-fixtures/raw-server.js';
import {
  closeWebSocketPairs,
  messages,
  websocketPair,
} from '../testing-fixtures/websocket-pair.js';
import { WebSocket } from './websocket.js';

afterEach(async () => {
  await closeWebSocketPairs();
  await closeRawPeers();
  await closeRawServers();
});

/** A client, and the server's end as raw frames. */
async function withPeer(deflate = false): Promise<{ ws: WebSocket; peer: RawPeer }> {
  const server = await RawServer.listen();
  const ws = new WebSocket(server.url, { perMessageDeflate: deflate });
  const extension = deflate ? 'permessage-deflate' : null;
  const { peer } = await server.accept({ headers: { 'Sec-WebSocket-Extensions': extension } });
  return { ws: await opened(ws), peer };
}

/** A Blob that can be read only when it is let. */
class SlowBlob extends Blob {
  let!: (error?: Error) => void;
  private readonly allowed = new Promise<void>((resolve, reject) => {
    this.let = (error) => (error ? reject(error) : resolve());
  });

  override async arrayBuffer(): Promise<ArrayBuffer> {
    await this.allowed;
    return super.arrayBuffer();
  }
}

describe('send', () => {
  it.each([undefined, {}])('takes null for no callback, with the options %p', async (options) => {
    const { near, far } = await websocketPair();
    const received = messages(near, 1);
    far.send('text', options, null as never);
    expect(await received).toEqual(['text']);
    far.close();
    far.send('late', options, null as never);
    await once(near, 'close');
  });

  it('sends text as text and everything else as bytes, unless told otherwise', async () => {
    const { ws, peer } = await withPeer();
    ws.send('text');
    ws.send(5);
    ws.send(Buffer.from('bytes'));
    ws.send('bytes', { binary: true });
    ws.send(Buffer.from('text'), { binary: false });
    ws.send('text', {});
    ws.send('text', undefined);
    ws.send('text', null as never);
    ws.send(undefined as never);
    const frames = await peer.frames(9);
    expect(frames.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
      [1, 'text'],
      [1, '5'],
      [2, 'bytes'],
      [2, 'bytes'],
      [1, 'text'],
      [1, 'text'],
      [1, 'text'],
      [1, 'text'],
      [2, ''],
    ]);
  });

  it('masks as a client whatever the option mask says', async () => {
    const { ws, peer } = await withPeer();
    ws.send('text', { mask: false });
    ws.ping('ping', false);
    const frames = await peer.frames(2);
    expect(frames.every(({ masked }) => masked)).toBe(true);
  });

  it('does not change the bytes it was given, nor a Buffer they are part of', async () => {
    const { ws, peer } = await withPeer();
    const whole = Buffer.from('before and after');
    const shared = new SharedArrayBuffer(4);
    ws.send(whole.subarray(7, 10));
    ws.send(shared);
    ws.ping(shared);
    const frames = await peer.frames(3);
    expect(frames.map(({ payload }) => payload.toString())).toEqual([
      'and',
      '\0\0\0\0',
      '\0\0\0\0',
    ]);
    expect(whole.toString()).toBe('before and after');
    expect(Buffer.from(shared).toString('hex')).toBe('00000000');
  });

  it('calls back once the message has left', async () => {
    const { ws } = await withPeer();
    const order: string[] = [];
    const done = (name: string) => (error?: Error) => order.push(`${name} ${String(error)}`);
    ws.send('a', done('text'));
    ws.send(Buffer.from('b'), {}, done('bytes'));
    ws.send('c', undefined, done('undefined options'));
    ws.ping('d', true, done('ping'));
    await new Promise((resolve) => ws.pong(resolve as () => void));
    expect(order).toEqual([
      'text undefined',
      'bytes undefined',
      'undefined options undefined',
      'ping undefined',
    ]);
  });

  it('tells who waits when the connection is lost before', async () => {
    const { far } = await websocketPair();
    const error = new Promise((resolve) => far.send(Buffer.alloc(30_000_000), resolve));
    far.terminate();
    expect(await error).toMatchObject({ code: 'WS_ERR_CONNECTION_CLOSED' });
  });

  it('sends a message in fragments, with control frames between them', async () => {
    const { ws, peer } = await withPeer();
    ws.send('a', { fin: false });
    ws.send(Buffer.from('b'), { fin: false });
    ws.ping('ping');
    ws.send('c');
    ws.send('whole');
    const frames = await peer.frames(5);
    expect(frames.map(({ fin, opcode, payload }) => [fin, opcode, payload.toString()])).toEqual([
      [false, 1, 'a'],
      [false, 0, 'b'],
      [true, 9, 'ping'],
      [true, 0, 'c'],
      [true, 1, 'whole'],
    ]);
  });

  it('compresses where it was agreed on and pays, and not where told not to', async () => {
    const { ws, peer } = await withPeer(true);
    const long = 'long'.repeat(1000);
    ws.send(long);
    ws.send(Buffer.from(long));
    ws.send(long, { compress: false });
    ws.send('short');
    ws.send(long, { fin: false });
    ws.send(long);
    const frames = await peer.frames(6);
    expect(frames.map(({ rsv, payload }) => [rsv, payload.length < 100])).toEqual([
      [4, true],
      [4, true],
      [0, false],
      [0, true],
      [0, false],
      [0, false],
    ]);
  });

  // RFC 6455 5.6: the payload of a text message is UTF-8.
  it('throws for bytes sent as text that are none', async () => {
    const { ws, peer } = await withPeer();
    const cut = Buffer.from('é').subarray(0, 1);
    const problem = 'Cannot send as text: the bytes are not valid UTF-8';
    expect(() => ws.send(cut, { binary: false })).toThrow(problem);
    ws.send(cut, { binary: false, fin: false });
    expect(() => ws.send(Buffer.from('x'))).toThrow(problem);
    expect((await peer.frames(1))[0]).toMatchObject({ opcode: 1, fin: false });
  });

  it('takes a character that is cut between fragments', async () => {
    const { ws, peer } = await withPeer();
    const bytes = Buffer.from('aé');
    ws.send(bytes.subarray(0, 2), { binary: false, fin: false });
    ws.send(bytes.subarray(2));
    const frames = await peer.frames(2);
    expect(Buffer.concat(frames.map(({ payload }) => payload)).toString()).toBe('aé');
    ws.send(bytes.subarray(0, 2), { binary: false, fin: false });
    expect(() => ws.send('')).toThrow('not valid UTF-8');
  });
});

describe('ping and pong', () => {
  it.each(['ping', 'pong'] as const)('%s carries what it is given', async (kind) => {
    const { ws, peer } = await withPeer();
    ws[kind]();
    ws[kind]('text');
    ws[kind](7);
    ws[kind](new Float32Array([1]));
    ws[kind](new Blob(['blob']));
    const frames = await peer.frames(5);
    const opcode = kind === 'ping' ? 9 : 10;
    expect(frames.map((frame) => [frame.opcode, frame.payload.toString('latin1')])).toEqual([
      [opcode, ''],
      [opcode, 'text'],
      [opcode, '7'],
      [opcode, '\0\0\u0080?'],
      [opcode, 'blob'],
    ]);
  });

  it.each(['ping', 'pong'] as const)('%s is of at most 125 bytes', async (kind) => {
    const { ws } = await withPeer();
    const problem = new RangeError('The data size must not be greater than 125 bytes');
    expect(() => ws[kind]('x'.repeat(126))).toThrow(problem);
    expect(() => ws[kind](new Blob(['x'.repeat(126)]))).toThrow(problem);
    expect(() => ws[kind]({} as never)).toThrow('The first argument must be of type string');
    ws[kind]('x'.repeat(125));
  });

  it('throw while connecting', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const problem = 'WebSocket is not open: readyState 0 (CONNECTING)';
    expect(() => ws.ping()).toThrow(problem);
    expect(() => ws.pong()).toThrow(problem);
    expect(() => ws.send('x')).toThrow(problem);
    await server.accept();
    await opened(ws);
  });
});

describe('a Blob that is sent', () => {
  it('keeps its place among other messages', async () => {
    const { near, far } = await websocketPair();
    const received = messages(near, 4);
    far.send(new Blob(['one']));
    far.send('two');
    far.send(new Blob(['three']), { binary: false });
    far.send(Buffer.from('four'));
    expect(await received).toEqual([Buffer.from('one'), 'two', 'three', Buffer.from('four')]);
  });

  it('counts as buffered while it is read, and so does what waits behind it', async () => {
    const { near, far } = await websocketPair();
    const blob = new SlowBlob(['four']);
    far.send(blob);
    far.send('12345');
    expect(far.bufferedAmount).toBe(9);
    const received = messages(near, 2);
    blob.let();
    await received;
    expect(far.bufferedAmount).toBe(0);
  });

  it('is sent before the connection is closed', async () => {
    const { near, far } = await websocketPair();
    const blob = new SlowBlob(['last words']);
    const received = messages(near, 1);
    const closed = once(near, 'close');
    far.send(blob);
    far.close(4000, 'done');
    expect(far.readyState).toBe(WebSocket.CLOSING);
    blob.let();
    expect(await received).toEqual([Buffer.from('last words')]);
    expect((await closed)[0]).toBe(4000);
  });

  it('may be one fragment of a message', async () => {
    const { near, far } = await websocketPair();
    const received = messages(near, 1);
    far.send(new Blob(['a']), { binary: false, fin: false });
    far.send('b');
    expect(await received).toEqual(['ab']);
  });

  it('is not sent when the connection is gone before it was read', async () => {
    const { far } = await websocketPair();
    const blob = new SlowBlob(['late']);
    const told = new Promise((resolve) => far.send(blob, resolve));
    const behind = new Promise((resolve) => far.send('behind', resolve));
    const closed = once(far, 'close');
    far.terminate();
    await closed;
    blob.let();
    expect(await told).toMatchObject({ code: 'WS_ERR_NOT_OPEN' });
    expect(await behind).toMatchObject({ code: 'WS_ERR_NOT_OPEN' });
  });

  it('does not hold up what follows when text behind it is none: its sender is told', async () => {
    const { near, far } = await websocketPair();
    const received = messages(near, 2);
    const closed = once(near, 'close');
    far.send(new Blob(['one']));
    const told = new Promise((resolve) =>
      far.send(Buffer.from([0xff]), { binary: false }, resolve),
    );
    far.send('three');
    far.close(4000);
    expect(await told).toMatchObject({ code: 'WS_ERR_INVALID_UTF8' });
    expect(await received).toEqual([Buffer.from('one'), 'three']);
    expect((await closed)[0]).toBe(4000);
  });

  it('ends the connection when it cannot be read, for its message is missing', async () => {
    const { near, far } = await websocketPair();
    const blob = new SlowBlob(['gone']);
    const broken = new Error('the file has changed');
    const told = new Promise((resolve) => far.send(blob, resolve));
    const failed = new Promise((resolve) => far.once('error', resolve));
    const closed = once(near, 'close');
    blob.let(broken);
    expect(await told).toBe(broken);
    expect(await failed).toBe(broken);
    expect((await closed)[0]).toBe(1006);
  });
});
