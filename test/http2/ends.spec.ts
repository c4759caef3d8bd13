import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Session } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'nestwire/engine';
import {
  askOver,
  closeHttp2,
  connectHeaders,
  listenHttp2,
  openSession,
  RawHttp2Server,
} from '../../libs/engine/src/testing-fixtures/http2-peers.js';
import { closeRawPeers } from '../../libs/engine/src/testing-fixtures/raw-peer.js';

const MIB = 1024 * 1024;
/** RFC 9113 7. */
const CANCEL = 8;

let server: WebSocketServer;
let port: number;
let sessions: ServerHttp2Session[];
let session: Awaited<ReturnType<typeof openSession>>;

beforeEach(async () => {
  const http = createServer();
  sessions = [];
  http.on('session', (one) => sessions.push(one));
  server = new WebSocketServer({ server: http, maxPayload: 4 * MIB });
  port = await listenHttp2(http);
  session = await openSession(port);
});

afterEach(async () => {
  await closeRawPeers();
  await closeHttp2();
});

/** Both ends of a connection, the client's on the session. */
async function pair(): Promise<[served: WebSocket, client: WebSocket]> {
  const connected = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, { session });
  await once(client, 'open');
  const [served] = (await connected) as [WebSocket];
  for (const end of [served, client]) end.on('error', () => {});
  return [served, client];
}

const closed = (ws: WebSocket) => once(ws, 'close').then(([code, reason]) => [code, `${reason}`]);

async function echoes([served, client]: [WebSocket, WebSocket]): Promise<void> {
  served.once('message', (data) => served.send(data as Buffer));
  client.send('alive');
  expect(String((await once(client, 'message'))[0])).toBe('alive');
}

describe('a connection on one stream of a session', () => {
  it('is closed by either end, both hear the code, and the session lives', async () => {
    const other = await pair();
    for (const closer of [0, 1] as const) {
      const ends = await pair();
      const all = Promise.all(ends.map(closed));
      ends[closer].close(4000, 'bye');
      expect(await all).toEqual([
        [4000, 'bye'],
        [4000, 'bye'],
      ]);
    }
    expect(server.clients.size).toBe(1);
    await echoes(other);
  });

  it('is reset with CANCEL where TCP would be (RFC 8441 5)', async () => {
    const other = await pair();
    const connected = once(server, 'connection');
    const { stream, answer } = askOver(session);
    await answer;
    const [served] = (await connected) as [WebSocket];
    const gone = closed(served);
    served.terminate();
    if (!stream.closed) await once(stream, 'close');
    expect(stream.rstCode).toBe(CANCEL);
    expect(await gone).toEqual([1006, '']);
    for (const end of [0, 1] as const) {
      const ends = await pair();
      const all = Promise.all(ends.map(closed));
      ends[end].terminate();
      expect(await all).toEqual([
        [1006, ''],
        [1006, ''],
      ]);
    }
    await echoes(other);
  });

  it('fails by itself: its peer breaks the protocol', async () => {
    const other = await pair();
    const { peer, answer } = askOver(session);
    await answer;
    peer.send({ opcode: 3 });
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1002]);
    peer.end();
    await peer.over();
    await echoes(other);
  });

  it('ends once with its session, however that ends', async () => {
    for (const end of ['destroy', 'abort', 'server'] as const) {
      session = await openSession(port);
      const ends = await Promise.all([pair(), pair(), pair()]);
      const codes: unknown[] = [];
      for (const ws of ends.flat()) ws.on('close', (code) => codes.push(code));
      const all = Promise.all(ends.flat().map(closed));
      if (end === 'destroy') session.destroy();
      else if (end === 'abort') session.destroy(new Error('broken'));
      else sessions.at(-1)!.destroy();
      await all;
      expect(codes).toEqual(Array.from({ length: 6 }, () => 1006));
    }
    expect(server.clients.size).toBe(0);
  });

  it('goes on after GOAWAY, which only keeps new ones out', async () => {
    const ends = await pair();
    sessions.at(-1)!.goaway();
    await once(session, 'goaway');
    await echoes(ends);
    const late = new WebSocket(`ws://127.0.0.1:${port}/`, { session });
    const [error] = (await once(late, 'error')) as [Error];
    expect(error.message).toMatch(/session/i);
    await echoes(ends);
  });

  it('carries messages larger than its windows, both ways at once', async () => {
    const [served, client] = await pair();
    const big = Buffer.alloc(3 * MIB, 'x');
    const both = Promise.all([once(served, 'message'), once(client, 'message')]);
    served.send(big);
    client.send(big);
    for (const [data] of await both) expect((data as Buffer).equals(big)).toBe(true);
  });

  it('holds its own peer back when it is paused, and no other', async () => {
    const [served, client] = await pair();
    const other = await pair();
    served.pause();
    let heard = 0;
    const last = new Promise<void>((resolve) => {
      served.on('message', () => ++heard === 41 && resolve());
    });
    const sent = new Promise((resolve) => {
      for (let index = 0; index < 40; index++) client.send(Buffer.alloc(100_000));
      client.send('last', resolve);
    });
    await echoes(other);
    expect([heard, client.bufferedAmount > 2 * MIB]).toEqual([0, true]);
    served.resume();
    await sent;
    await last;
    expect(client.bufferedAmount).toBe(0);
  });
});

describe('a client on a session', () => {
  it('says what there is no connection for, and leaves the session', async () => {
    const without = await RawHttp2Server.listen({ enableConnectProtocol: false });
    const plain = await openSession(without.port);
    const deaf = await RawHttp2Server.listen();
    const session2 = await openSession(deaf.port);
    const rows: [WebSocket, RegExp][] = [
      [new WebSocket(`ws://127.0.0.1:${without.port}/`, { session: plain }), /CONNECT_PROTOCOL/],
      [new WebSocket(`ws://127.0.0.1:${deaf.port}/`, { session: session2, handshakeTimeout: 30 }), /timed out/], // prettier-ignore
    ];
    for (const [ws, words] of rows) {
      const [error] = (await once(ws, 'error')) as [Error];
      expect(error.message).toMatch(words);
    }
    expect([plain.destroyed, session2.destroyed]).toEqual([false, false]);
  });

  it('opens a hundred at once on a session that has just begun', async () => {
    const fresh = connect(`http://127.0.0.1:${port}`);
    const all = Array.from({ length: 100 }, () => {
      return new WebSocket(`ws://127.0.0.1:${port}/`, { session: fresh });
    });
    await Promise.all(all.map((ws) => once(ws, 'open')));
    expect([fresh.listenerCount('connect'), server.clients.size]).toEqual([0, 100]);
    fresh.destroy();
    await Promise.all(all.map(closed));
  });

  it('waits for the answer behind hints, and takes an end that has trailers', async () => {
    const raw = await RawHttp2Server.listen();
    const own = await openSession(raw.port);
    const ws = new WebSocket(`ws://127.0.0.1:${raw.port}/`, { session: own });
    const opened = once(ws, 'open');
    const [stream] = await raw.request();
    stream.additionalHeaders({ ':status': 103, link: '</style.css>; rel=preload' });
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'x-late': '1' }));
    await opened;
    const gone = once(ws, 'close');
    stream.end();
    expect((await gone)[0]).toBe(1006);
    expect(own.destroyed).toBe(false);
  });

  it('refuses answers that break the rules', async () => {
    const raw = await RawHttp2Server.listen();
    const own = await openSession(raw.port);
    for (const [headers, words] of [
      [{ ':status': 404 }, /Unexpected server response: 404/],
      [{ ':status': 101 }, /./],
      [{ 'sec-websocket-protocol': 'none' }, /subprotocol/],
      [{ 'sec-websocket-extensions': 'permessage-foo' }, /extension/],
    ] as const) {
      const ws = new WebSocket(`ws://127.0.0.1:${raw.port}/`, { session: own });
      const failed = once(ws, 'error');
      const [stream] = await raw.request();
      try {
        stream.respond({ ':status': 200, ...headers });
      } catch {
        // Node does not send it: then the stream is reset.
        stream.close(2);
      }
      expect(((await failed)[0] as Error).message).toMatch(words);
    }
    expect(own.destroyed).toBe(false);
  });

  it('sends what the options say', async () => {
    const raw = await RawHttp2Server.listen();
    const own = await openSession(raw.port);
    const ws = new WebSocket('ws://user:word@chat.example/a?b=c', ['one', 'two'], {
      session: own,
      origin: 'http://page.example',
      headers: { 'X-More': '1', Host: 'host.example' },
    });
    const [, headers] = await raw.request();
    expect(headers).toMatchObject({
      ':authority': 'host.example',
      ':path': '/a?b=c',
      ':scheme': 'http',
      authorization: `Basic ${Buffer.from('user:word').toString('base64')}`,
      origin: 'http://page.example',
      'sec-websocket-protocol': 'one, two',
      'sec-websocket-version': '13',
      'x-more': '1',
    });
    expect(headers['sec-websocket-key']).toBeUndefined();
    const failed = once(ws, 'error');
    ws.close();
    expect(((await failed)[0] as Error).message).toMatch(/closed before/);
  });

  it('is told of options that do not go with it', () => {
    for (const [url, options, words] of [
      ['wss://a/', { session }, /not encrypted: expected ws:/],
      ['ws://a/', { session: {} }, /option session/],
      ['ws://a/', { session: 1 }, /option session/],
      ['ws://a/', { session, followRedirects: true }, /followRedirects/],
      ['ws://a/', { session, createConnection: () => {} }, /createConnection/],
    ] as const) {
      expect(() => new WebSocket(url, options as never)).toThrow(words);
    }
  });

  it('is told that its session is over, or ends while it waits', async () => {
    const gone = await openSession(port);
    gone.destroy();
    const raw = await RawHttp2Server.listen();
    const ending = await openSession(raw.port);
    const first = new WebSocket(`ws://127.0.0.1:${port}/`, { session: gone });
    const second = new WebSocket(`ws://127.0.0.1:${raw.port}/`, { session: ending });
    const failed = Promise.all([once(first, 'error'), once(second, 'error')]);
    await raw.request();
    ending.destroy();
    for (const [error] of await failed) expect((error as Error).message).toMatch(/session/);
    expect(connectHeaders()[':method']).toBe('CONNECT');
  });
});
