import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { outcomeOf, opened } from '../testing-fixtures/client-outcome.js';
import { nextUncaught } from '../testing-fixtures/next-uncaught.js';
import { rawFrame } from '../testing-fixtures/raw-frame.js';
import { RawPeer, closeRawPeers } from '../testing-fixtures/raw-peer.js';
import { RawServer, closeRawServers } from '../testing-fixtures/raw-server.js';
import {
  closeWebSocketPairs,
  messages,
  websocketPair,
} from '../testing-fixtures/websocket-pair.js';
import { WebSocketServer } from './websocket-server.js';
import type { BinaryType } from './binary-type.js';
import { WebSocket } from './websocket.js';

afterEach(async () => {
  await closeWebSocketPairs();
  await closeRawPeers();
  await closeRawServers();
});

describe('a WebSocket', () => {
  it('has the constants of WHATWG, as a class and as an object', () => {
    const ws = new WebSocket(null);
    for (const one of [WebSocket, ws]) {
      expect([one.CONNECTING, one.OPEN, one.CLOSING, one.CLOSED]).toEqual([0, 1, 2, 3]);
    }
  });

  it('needs an address', () => {
    expect(() => Reflect.construct(WebSocket, [])).toThrow(
      new SyntaxError('Invalid URL: undefined'),
    );
  });

  it('of a server is connecting until it is attached to a connection', () => {
    const ws = new WebSocket(null, undefined, { autoPong: true });
    expect(ws.readyState).toBe(WebSocket.CONNECTING);
    expect([ws.url, ws.protocol, ws.extensions, ws.binaryType]).toEqual(['', '', '', 'nodebuffer']);
    expect(() => ws.send('x')).toThrow('WebSocket is not open: readyState 0 (CONNECTING)');
    // None of these has a connection to act upon.
    ws.pause();
    ws.resume();
    ws.close();
    ws.terminate();
    expect([ws.isPaused, ws.readyState]).toEqual([false, WebSocket.CONNECTING]);
  });

  it('takes its options in the place of the subprotocols, too', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { headers: { 'X-One': '1' } });
    const { head: request } = await server.accept();
    await opened(ws);
    expect(request.headers.get('x-one')).toEqual(['1']);
  });

  it('takes a URL object', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(new URL('/path', server.url));
    const { head: request } = await server.accept();
    await opened(ws);
    expect(request.line).toBe('GET /path HTTP/1.1');
  });

  it.each([
    [[undefined], 'Invalid URL: undefined'],
    [['ws://a#b'], 'The URL contains a fragment identifier'],
    [['ws://a', ''], 'An invalid or duplicated subprotocol was specified'],
    [['ws://a', null], 'An invalid or duplicated subprotocol was specified'],
    [['ws://a', ['x', 'x']], 'An invalid or duplicated subprotocol was specified'],
    [['ws://a', [], { maxPayload: -1 }], 'Cannot use option maxPayload'],
  ])('throws for %p before it connects', (args, message) => {
    const construct = (): unknown => Reflect.construct(WebSocket, args as unknown[]);
    expect(construct).toThrow(message);
  });

  it('can be extended, at both ends', async () => {
    class Named extends WebSocket {
      readonly name = 'named';
    }
    const { near, server } = await websocketPair({}, { WebSocket: Named });
    expect(near).toBeInstanceOf(Named);
    expect((near as Named).name).toBe('named');
    const { port } = server.address() as { port: number };
    const far = await opened(new Named(`ws://127.0.0.1:${port}`));
    expect(far.name).toBe('named');
    far.terminate();
    await once(far, 'close');
  });
});

describe('an open WebSocket', () => {
  it('knows its state, at both ends', async () => {
    const { near, far } = await websocketPair();
    expect([near.readyState, far.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    expect([near.url, far.url]).toEqual(['', expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/$/)]);
    expect([near.extensions, far.extensions]).toEqual(['', '']);
    expect([near.bufferedAmount, far.bufferedAmount]).toEqual([0, 0]);
  });

  it('names the extension agreed on', async () => {
    const { near, far } = await websocketPair({}, { perMessageDeflate: true });
    expect([near.extensions, far.extensions]).toEqual(['permessage-deflate', 'permessage-deflate']);
  });

  it.each<[BinaryType, (data: unknown) => boolean]>([
    ['nodebuffer', (data) => Buffer.isBuffer(data)],
    ['arraybuffer', (data) => Object.prototype.toString.call(data) === '[object ArrayBuffer]'],
    ['fragments', (data) => Array.isArray(data) && Buffer.isBuffer(data[0])],
    ['blob', (data) => data instanceof Blob],
  ])('hands out bytes as %s, and text as a Buffer all the same', async (type, isOne) => {
    const { near, far } = await websocketPair();
    far.binaryType = type;
    near.send(Buffer.from('bytes'));
    const [binary, isBinary] = (await once(far, 'message')) as [unknown, boolean];
    expect([isOne(binary), isBinary]).toEqual([true, true]);
    near.send('text');
    const [text, isText] = (await once(far, 'message')) as [unknown, boolean];
    expect([Buffer.isBuffer(text), isText]).toEqual([true, false]);
  });

  it('ignores a binary type there is none of', async () => {
    const ws = new WebSocket(null);
    ws.binaryType = 'blob';
    ws.binaryType = 'float' as BinaryType;
    expect(ws.binaryType).toBe('blob');
  });

  it('hands out no message while it is paused', async () => {
    const { near, far } = await websocketPair();
    far.pause();
    expect(far.isPaused).toBe(true);
    const received: unknown[] = [];
    far.on('message', (data) => received.push((data as Buffer).toString()));
    await new Promise<unknown>((resolve) => near.send('held', resolve));
    await turn();
    await turn();
    expect(received).toEqual([]);
    far.resume();
    expect(far.isPaused).toBe(false);
    await messages(far, 1);
    expect(received).toEqual(['held']);
  });

  it('hands out one message in each turn when events are not to be synchronous', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { allowSynchronousEvents: false });
    const { peer } = await server.accept();
    await opened(ws);
    const turns: number[] = [];
    let current = 0;
    const count = setInterval(() => {}, 1000);
    const tick = (): void => {
      current++;
      if (turns.length < 3) setImmediate(tick);
    };
    tick();
    ws.on('message', () => turns.push(current));
    const frame = { opcode: 1, payload: 'x' };
    peer.send(frame, frame, frame);
    while (turns.length < 3) await turn();
    clearInterval(count);
    expect(new Set(turns).size).toBe(3);
  });

  it('waits for who awaits its open event when events are not to be synchronous', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { allowSynchronousEvents: false });
    const early = rawFrame({ opcode: 1, payload: 'early' });
    await Promise.all([server.accept({}, early), once(ws, 'open')]);
    const [data] = (await once(ws, 'message')) as [Buffer];
    expect(data.toString()).toBe('early');
  });

  it('tells an emit put before that of Node also what nobody listens to', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const events: unknown[] = [];
    const emit = Reflect.get(ws, 'emit') as () => boolean;
    ws.emit = ((...args: unknown[]) => {
      events.push(args[0]);
      return Reflect.apply(emit, ws, args);
    }) as never;
    const { peer } = await server.accept();
    peer.send({ opcode: 9, payload: '' }, { opcode: 10, payload: '' }, { opcode: 1, payload: '' });
    await once(ws, 'message');
    expect(events).toEqual(['upgrade', 'open', 'ping', 'pong', 'message']);
  });

  it('answers a ping, unless told not to', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const { peer } = await server.accept();
    await opened(ws);
    peer.send({ opcode: 9, payload: 'are you there?' });
    const [payload] = (await once(ws, 'ping')) as [Buffer];
    expect(payload.toString()).toBe('are you there?');
    expect(await peer.said()).toEqual([10, 'are you there?']);

    const silent = new WebSocket(server.url, { autoPong: false });
    const { peer: other } = await server.accept();
    await opened(silent);
    other.send({ opcode: 9, payload: 'and you?' });
    await once(silent, 'ping');
    silent.pong('by hand');
    expect(await other.said()).toEqual([10, 'by hand']);
  });

  it('masks with the keys of generateMask', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, {
      perMessageDeflate: false,
      generateMask: (mask) => void mask.fill(7),
    });
    const { peer } = await server.accept();
    await opened(ws);
    ws.send('one');
    ws.ping();
    ws.close(1000);
    const frames = await peer.frames(3);
    expect(frames.map(({ mask }) => mask)).toEqual([
      [7, 7, 7, 7],
      [7, 7, 7, 7],
      [7, 7, 7, 7],
    ]);
  });

  it.each([0, 1, 125, 126, 65_535, 65_536, 1_000_000])(
    'carries %i bytes there and back, compressed or not',
    async (size) => {
      for (const perMessageDeflate of [false, true]) {
        const { near, far } = await websocketPair({ perMessageDeflate }, { perMessageDeflate });
        near.on('message', (data, binary) => near.send(data as Buffer, { binary }));
        const bytes = Buffer.alloc(size, 'nestwire');
        const replies = messages(far, 2);
        far.send(bytes);
        far.send(bytes.toString());
        const [binary, text] = await replies;
        expect(bytes.equals(binary as Buffer)).toBe(true);
        expect(text === bytes.toString()).toBe(true);
      }
    },
  );
});

describe('a WebSocket that is closed', () => {
  it('tells both ends the code and the reason', async () => {
    const { near, far } = await websocketPair();
    const ends = [outcomeOf(near), outcomeOf(far)];
    far.close(4001, 'enough');
    expect(far.readyState).toBe(WebSocket.CLOSING);
    const [atServer, atClient] = await Promise.all(ends);
    expect(atServer).toMatchObject({ close: 4001, reason: 'enough', errors: [] });
    expect(atClient).toMatchObject({ close: 4001, errors: [] });
    expect([near.readyState, far.readyState]).toEqual([WebSocket.CLOSED, WebSocket.CLOSED]);
  });

  it('has the code 1005 when none was given', async () => {
    const { near, far } = await websocketPair();
    near.close();
    expect(await outcomeOf(far)).toMatchObject({ close: 1005, reason: '' });
  });

  it('is sent what was sent right before it was terminated', async () => {
    const { near, far } = await websocketPair();
    const received = messages(near, 1);
    let failure: Error | undefined;
    const told = new Promise<void>((resolve) => {
      far.send('last words', (error) => {
        failure = error;
        resolve();
      });
    });
    far.terminate();
    expect(await received).toEqual(['last words']);
    await told;
    expect(failure).toBeUndefined();
  });

  it('has the code 1006 when it was terminated', async () => {
    const { near, far } = await websocketPair();
    const ends = Promise.all([outcomeOf(near), outcomeOf(far)]);
    far.terminate();
    expect(far.readyState).toBe(WebSocket.CLOSING);
    expect((await ends).map(({ close }) => close)).toEqual([1006, 1006]);
  });

  it('throws for arguments that cannot be sent, and stays open', async () => {
    const { far } = await websocketPair();
    expect(() => far.close(1005)).toThrow('First argument must be a valid error code number');
    expect(() => far.close(1000, 'x'.repeat(124))).toThrow(
      'The message must not be greater than 123 bytes',
    );
    expect(() => far.close(1000, { length: 100 } as never)).toThrow('Second argument must be');
    expect(far.readyState).toBe(WebSocket.OPEN);
  });

  it('does not mind being closed, paused or terminated again', async () => {
    const { far } = await websocketPair();
    const closed = outcomeOf(far);
    far.close(1000);
    far.close(1006);
    await closed;
    far.close(9999);
    far.terminate();
    far.pause();
    far.resume();
    expect(far.readyState).toBe(WebSocket.CLOSED);
  });

  it('refuses to send, tells so, and counts what it was given', async () => {
    const { far } = await websocketPair();
    const closed = outcomeOf(far);
    far.close();
    const told: (Error | undefined)[] = [];
    const tell = (error?: Error): void => void told.push(error);
    const amounts: number[] = [];
    for (const data of [5, undefined, 'abc', Buffer.alloc(3), new Blob(['1234']), { length: 2 }]) {
      far.send(data as string, tell);
      amounts.push(far.bufferedAmount);
    }
    far.ping('x', false, tell);
    far.pong('x', tell as never);
    far.ping(tell);
    const closeFrame = amounts[0]! - 1;
    expect(amounts.map((amount) => amount - closeFrame)).toEqual([1, 1, 4, 7, 11, 13]);
    expect(() => far.send(Symbol('x') as never)).toThrow('must be of type string');
    await turn();
    expect(told.map((error) => error?.message)).toEqual(
      Array.from({ length: 9 }, () => 'WebSocket is not open: readyState 2 (CLOSING)'),
    );
    await closed;
    const error = await new Promise((resolve) => far.send('late', resolve));
    expect(error).toMatchObject({
      message: 'WebSocket is not open: readyState 3 (CLOSED)',
      code: 'WS_ERR_NOT_OPEN',
    });
  });

  it('is not told of an error when only the socket broke', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const { peer } = await server.accept();
    const result = outcomeOf(ws);
    await opened(ws);
    peer.reset();
    expect(await result).toMatchObject({ errors: [], close: 1006 });
  });
});

describe('an error nobody listens to', () => {
  const invalid = { opcode: 3 };

  it('is thrown at a client', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const { peer } = await server.accept();
    await new Promise((resolve) => ws.once('open', () => resolve(undefined)));
    const closed = new Promise((resolve) => ws.once('close', resolve));
    const thrown = nextUncaught();
    peer.send(invalid);
    expect((await thrown).message).toContain('invalid opcode 3');
    peer.end();
    expect(await closed).toBe(1002);
  });

  it('is dropped at a server, where a peer must not end the process', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
    const peer = await RawPeer.open(port);
    const ws = await accepted;
    const closed = new Promise((resolve) => ws.once('close', resolve));
    peer.send(invalid);
    expect((await peer.said())[1]).toBe(1002);
    peer.end();
    expect(await closed).toBe(1002);
    server.close();
  });
});
