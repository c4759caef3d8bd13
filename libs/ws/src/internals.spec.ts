import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  closeWebSocketPairs,
  messages,
  websocketPair,
} from '../../engine/src/testing-fixtures/websocket-pair.js';
import { Sender, WebSocket, WebSocketServer } from './index.js';

/** What programs believe to be there. */
interface Inside {
  _socket: Socket;
  _sender: { sendFrame(list: Uint8Array[], done?: () => void): void; _bufferedBytes: number };
  _receiver: { _maxPayload: number; _isServer: boolean; _binaryType: string };
  _isServer: boolean;
  _protocol: string;
  _req: unknown;
  _readyState: number;
  _extensions: Record<string, unknown>;
  setSocket(socket: Duplex, head: Buffer, options?: object): void;
}

const inside = (ws: WebSocket): Inside => ws as unknown as Inside;

afterEach(closeWebSocketPairs);

describe('the inside of a WebSocket', () => {
  it('has the socket it runs on, and keeps it', async () => {
    const { near, far } = await websocketPair();
    expect(inside(near)._socket.remotePort).toBe(inside(far)._socket.localPort);
    const closed = once(far, 'close');
    near.close();
    await closed;
    expect(inside(far)._socket.destroyed).toBe(true);
  });

  it('has nothing of that before there is a connection, and none on its prototype', () => {
    const ws = inside(new WebSocket(null));
    expect([ws._socket, ws._sender, ws._receiver, ws._req]).toEqual([null, null, null, null]);
    expect(inside(WebSocket.prototype)._socket).toBeUndefined();
    expect(Object.keys(WebSocket.prototype).filter((name) => name.startsWith('_'))).toEqual([]);
  });

  it('says which end it is and by which limits it reads', async () => {
    const { near, far } = await websocketPair({}, { maxPayload: 1000 });
    expect(inside(near)._isServer).toBe(true);
    expect(inside(far)._isServer).toBe(false);
    expect(inside(near)._receiver._maxPayload).toBe(1000);
    expect(inside(near)._receiver._isServer).toBe(true);
    expect(inside(near)._receiver).toBe(inside(near)._receiver);
    inside(near)._receiver._binaryType = 'arraybuffer';
    expect([near.binaryType, inside(near)._readyState, inside(near)._extensions]).toEqual([
      'arraybuffer',
      1,
      {},
    ]);
  });

  it.each(['near', 'far'] as const)(
    'sends frames made once for many, in their order with messages, from the %s end',
    async (end) => {
      const pair = await websocketPair();
      const ws = pair[end];
      const got = messages(end === 'near' ? pair.far : pair.near, 4);
      const options = { opcode: 1, fin: true, mask: false, rsv1: false, readOnly: true };
      const frame = Sender.frame(Buffer.from('framed'), options);
      ws.send('before');
      inside(ws)._sender.sendFrame(frame);
      const both = [...frame, ...Sender.frame('x'.repeat(70_000), options)];
      await new Promise<void>((done) => inside(ws)._sender.sendFrame(both, done));
      expect(await got).toEqual(['before', 'framed', 'framed', 'x'.repeat(70_000)]);
    },
  );

  it('refuses half a frame, and nothing was sent of it', async () => {
    const { near } = await websocketPair();
    const [head] = Sender.frame('text', { opcode: 1, fin: true });
    expect(() => inside(near)._sender.sendFrame([head])).toThrow(RangeError);
    expect(() => inside(near)._sender.sendFrame([head.subarray(0, 1)])).toThrow(RangeError);
  });

  it('tells the callback of frames that come too late', async () => {
    const { near } = await websocketPair();
    near.close();
    const error = await new Promise((done) =>
      inside(near)._sender.sendFrame(Sender.frame('late', { opcode: 1, fin: true }), done as never),
    );
    expect(error).toMatchObject({ code: 'WS_ERR_NOT_OPEN' });
  });
});

describe('setSocket', () => {
  it('joins two that were made without an address', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    const [socket] = (await once(listener, 'connection')) as [Socket];
    const [one, other] = [new WebSocket(null), new WebSocket(null)];
    inside(other)._isServer = false;
    inside(other)._protocol = 'chat';
    const opened = once(one, 'open');
    inside(one).setSocket(socket, Buffer.alloc(0), { maxPayload: 5 });
    inside(other).setSocket(client, Buffer.alloc(0));
    await opened;
    expect([other.protocol, one.readyState, inside(one)._receiver._maxPayload]).toEqual([
      'chat',
      1,
      5,
    ]);
    const got = messages(one, 1);
    other.send('hello');
    expect(await got).toEqual(['hello']);
    expect(() => inside(one).setSocket(client, Buffer.alloc(0))).toThrow('this WebSocket has one');
    const closed = once(one, 'close');
    other.close(4000, 'bye');
    expect(await closed).toEqual([4000, Buffer.from('bye')]);
    listener.close();
  });
});

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

async function open(server: WebSocketServer): Promise<WebSocket> {
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, ['a', 'b']);
  await once(ws, 'open');
  return ws;
}

describe('completeUpgrade', () => {
  type Complete = (
    extensions: object,
    key: string,
    protocols: Set<string>,
    request: IncomingMessage,
    ...rest: unknown[]
  ) => void;

  it('can be overridden, and is called when a client was let in', async () => {
    const seen: unknown[] = [];
    class Later extends WebSocketServer {
      completeUpgrade(...args: Parameters<Complete>): void {
        const [, key, protocols, request] = args;
        seen.push(key === request.headers['sec-websocket-key'], [...protocols]);
        const { completeUpgrade } = WebSocketServer.prototype as unknown as {
          completeUpgrade: Complete;
        };
        // As those do that look something up first.
        setImmediate(() => completeUpgrade.apply(this, args));
      }
    }
    const server = new Later({ port: 0, host: '127.0.0.1' });
    const connected = once(server, 'connection');
    const ws = await open(server);
    await connected;
    expect([seen, ws.protocol]).toEqual([[true, ['a', 'b']], 'a']);
    const closed = once(server, 'close');
    ws.terminate();
    server.close();
    await closed;
  });

  it('can be a copy of that of ws, which makes the connection itself', async () => {
    class Copied extends WebSocketServer {
      completeUpgrade(...[, key, , request, ...rest]: Parameters<Complete>): void {
        const [socket, head, accepted] = rest as [
          Duplex,
          Buffer,
          (ws: WebSocket, request: IncomingMessage) => void,
        ];
        const { options } = this;
        const ws = new options.WebSocket!(null, undefined, options);
        const lines = [
          'HTTP/1.1 101 Switching Protocols',
          'Upgrade: websocket',
          'Connection: Upgrade',
          `Sec-WebSocket-Accept: ${acceptOf(key)}`,
          'Sec-WebSocket-Protocol: b',
        ];
        this.emit('headers', lines, request);
        socket.write([...lines, '\r\n'].join('\r\n'));
        inside(ws).setSocket(socket, head, options);
        this.clients.add(ws);
        ws.on('close', () => this.clients.delete(ws));
        accepted(ws, request);
      }
    }
    // The time to decide is over long before the connection is.
    const server = new Copied({ port: 0, host: '127.0.0.1', handshakeTimeout: 30 });
    server.on('connection', (ws: WebSocket) => {
      ws.on('message', (data) => setTimeout(() => ws.send(data as Buffer), 100));
    });
    const ws = await open(server);
    const got = messages(ws, 1);
    ws.send('still there');
    expect([await got, ws.protocol]).toEqual([[Buffer.from('still there')], 'b']);
    const closed = once(server, 'close');
    server.close();
    ws.terminate();
    await closed;
  });

  it('takes an upgrade by itself', async () => {
    class Own extends WebSocketServer {
      override handleUpgrade(request: IncomingMessage, ...rest: [Duplex, Buffer, never]): void {
        (this as unknown as { completeUpgrade: Complete }).completeUpgrade(
          {},
          String(request.headers['sec-websocket-key']),
          new Set(),
          request,
          ...rest,
        );
      }
    }
    const server = new Own({ port: 0, host: '127.0.0.1' });
    const ws = await open(server);
    expect(server.clients.size).toBe(1);
    const closed = once(server, 'close');
    ws.close();
    server.close();
    await closed;
  });

  it('stands beside _server and _state', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const known = server as unknown as { _server: { listening: boolean } | null; _state: number };
    expect([known._server?.listening, known._state]).toEqual([true, 0]);
    const closed = once(server, 'close');
    server.close();
    expect([known._server, known._state]).toEqual([null, 1]);
    await closed;
    expect(known._state).toBe(2);
  });
});
