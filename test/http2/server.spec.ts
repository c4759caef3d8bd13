import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  WebSocket,
  WebSocketServer,
  type ClientInfo,
  type WebSocketServerOptions,
} from 'nestwire/engine';
import {
  askOver,
  closeHttp2,
  listenHttp2,
  openOver,
  openSession,
} from '../../libs/engine/src/testing-fixtures/http2-peers.js';
import { closeRawPeers } from '../../libs/engine/src/testing-fixtures/raw-peer.js';

afterEach(async () => {
  await closeRawPeers();
  await closeHttp2();
});

/** An echo on a server of HTTP/2, and a session with it. */
async function serve(options: WebSocketServerOptions = {}, http = createServer()) {
  const server = new WebSocketServer({ ...options, server: http });
  server.on('connection', (ws: WebSocket) => {
    ws.on('message', (data, isBinary) => ws.send(data as Buffer, { binary: isBinary }));
    ws.on('error', () => {});
  });
  const port = await listenHttp2(http);
  return { http, server, port, session: await openSession(port) };
}

/** Takes a callback, and never calls it. */
const NEVER = (_info: ClientInfo, _done: (result: boolean) => void): void => {};

type Session = Awaited<ReturnType<typeof openSession>>;

/** The status and body of an answer that is no 200. */
async function refused(session: Session, headers: OutgoingHttpHeaders = {}) {
  const { answer, peer } = askOver(session, headers);
  const response: IncomingHttpHeaders = await answer;
  const body = (await peer.readToEnd()).toString();
  return { status: Number(response[':status']), body, headers: response };
}

/** Whether the session still carries WebSockets. */
async function lives(session: Session): Promise<void> {
  const peer = await openOver(session);
  peer.send({ opcode: 1, payload: 'alive' });
  expect(await peer.said()).toEqual([1, 'alive']);
}

describe('a WebSocketServer on a server of HTTP/2', () => {
  it('has the setting made that lets clients connect (RFC 8441 3)', async () => {
    const { session } = await serve();
    expect(session.remoteSettings.enableConnectProtocol).toBe(true);
  });

  it('carries many connections on one session, each for itself', async () => {
    const { session, server } = await serve();
    const peers = await Promise.all(Array.from({ length: 50 }, () => openOver(session)));
    peers.forEach((peer, index) => peer.send({ opcode: 1, payload: `I am ${index}` }));
    const said = await Promise.all(peers.map((peer) => peer.said()));
    expect(said).toEqual(peers.map((_, index) => [1, `I am ${index}`]));
    expect(server.clients.size).toBe(50);
  });

  it('tells its hooks what the client asked for', async () => {
    const seen: unknown[] = [];
    const { session, server } = await serve({
      verifyClient: ({ req, origin, secure }: ClientInfo) => {
        seen.push({ url: req.url, host: req.headers.host, origin, secure });
        seen.push({ method: req.method, version: req.httpVersion, peer: req.socket.remoteAddress });
        return true;
      },
      handleProtocols: (protocols) => [...protocols][1] ?? false,
    });
    server.on('headers', (lines) => lines.push('Set-Cookie: a=1', 'set-cookie: b=2'));
    const connected = once(server, 'connection');
    const { answer } = askOver(session, {
      ':path': '/chat?room=1',
      ':authority': 'chat.example',
      origin: 'http://chat.example',
      cookie: 'c=3',
      'sec-websocket-protocol': 'one, two',
    });
    expect(await answer).toMatchObject({
      ':status': 200,
      'sec-websocket-protocol': 'two',
      'set-cookie': ['a=1', 'b=2'],
    });
    const [ws, request] = (await connected) as [WebSocket, { headers: IncomingHttpHeaders }];
    expect([ws.protocol, request.headers.cookie]).toEqual(['two', 'c=3']);
    expect(Object.keys(request.headers).filter((name) => name.startsWith(':'))).toEqual([]);
    expect(seen).toEqual([
      { url: '/chat?room=1', host: 'chat.example', origin: 'http://chat.example', secure: false },
      { method: 'CONNECT', version: '2.0', peer: '127.0.0.1' },
    ]);
  });

  it('refuses with the status of HTTP/1.1, and the session lives', async () => {
    const { session } = await serve({
      path: '/here',
      verifyClient: (_info, done) => done(false, 401, 'Who are you?', { 'X-Why': 'token' }),
    });
    const rows: [OutgoingHttpHeaders, number, string][] = [
      [{ ':path': '/here' }, 401, 'Who are you?'],
      [{ ':path': '/there' }, 404, 'No WebSocket is served at this path'],
      [{ ':path': '/here', 'sec-websocket-version': '7' }, 426, 'Missing or invalid'],
      [{ ':path': '/here', 'sec-websocket-version': undefined }, 426, 'Missing or invalid'],
      [{ ':path': '/here', ':authority': 'a,b' }, 400, ':authority'],
      [{ ':path': '/here', host: 'other.example' }, 400, 'Host'],
      [{ ':path': '/here', ':scheme': 'ftp' }, 400, ':scheme'],
      [{ ':path': '/here', 'sec-websocket-protocol': 'a b' }, 400, 'Protocol'],
      [{ ':path': '/here', 'content-length': '5' }, 400, 'body'],
      [{ ':path': '/here', origin: 'http://elsewhere.example', cookie: 'a=1' }, 403, ''],
      [{ ':path': '/here', ':protocol': 'connect-udp' }, 501, 'Only websocket'],
    ];
    for (const [headers, status, words] of rows) {
      const answer = await refused(session, headers);
      expect([headers, answer.status]).toEqual([headers, status]);
      expect(answer.body).toContain(words);
    }
    expect((await refused(session, { ':path': '/here' })).headers['x-why']).toBe('token');
    const { ':status': status, 'sec-websocket-version': version } = (
      await refused(session, { ':path': '/here', 'sec-websocket-version': '7' })
    ).headers;
    expect([status, version, session.destroyed]).toEqual([426, '13, 8', false]);
  });

  it('takes 256 connections of one session, and refuses the next', async () => {
    const { session } = await serve();
    const peers = await Promise.all(Array.from({ length: 256 }, () => openOver(session)));
    expect(await refused(session)).toMatchObject({
      status: 503,
      body: 'Too many WebSockets on this session',
    });
    const over = peers[0]!.over();
    peers[0]!.reset();
    await over;
    await lives(session);
  }, 60_000);

  it('takes as many of one session as the option says', async () => {
    const one = await serve({ maxPerSession: 1 });
    const peer = await openOver(one.session);
    expect(await refused(one.session)).toMatchObject({ status: 503 });
    // Another session has room of its own.
    await openOver(await openSession(one.port));
    const over = peer.over();
    peer.end();
    await over;
    await lives(one.session);
    const any = await serve({ maxPerSession: 0 });
    await Promise.all(Array.from({ length: 300 }, () => openOver(any.session)));
    expect(any.server.clients.size).toBe(300);
  });

  it.each([-1, 1.5, '5', NaN])('cannot have %p as the most of a session', (maxPerSession) => {
    expect(() => new WebSocketServer({ noServer: true, maxPerSession } as never)).toThrow(
      /^Cannot use option maxPerSession: .*whole numbers from 0/,
    );
  });

  it('leaves requests and other CONNECTs to the application', async () => {
    const heard: string[] = [];
    const http = createServer((request, response) => response.end(`page ${request.url}`));
    const { session } = await serve({ path: '/ws' }, http);
    const page = session.request({ ':path': '/a' });
    expect(String((await once(page, 'data'))[0])).toBe('page /a');
    const plain = session.request({ ':method': 'CONNECT', ':authority': 'a.example:80' });
    expect((await once(plain, 'response'))[0]).toMatchObject({ ':status': 405 });
    http.on('connect', (request, response) => {
      heard.push(String(request.headers[':protocol']), request.url);
      response.statusCode = 202;
      response.end();
    });
    for (const headers of [{ ':protocol': 'connect-udp' }, { ':path': '/other' }]) {
      expect((await refused(session, headers)).status).toBe(202);
    }
    expect(heard).toEqual(['connect-udp', '/', 'websocket', '/other']);
    await openOver(session, { ':path': '/ws' });
    expect(heard).toHaveLength(4);
  });

  it('answers what other listeners leave', async () => {
    const http = createServer();
    const { session } = await serve({ path: '/ws', handshakeTimeout: 50 }, http);
    http.on('stream', () => {});
    expect(await refused(session, { ':path': '/other' })).toMatchObject({ status: 404 });
  });

  it('is given requests of the application by handleUpgrade', async () => {
    const http = createServer({ settings: { enableConnectProtocol: true } });
    const server = new WebSocketServer({ noServer: true });
    http.on('request', () => {});
    http.on('connect', (request, _response) => {
      server.handleUpgrade(request as never, request.stream, Buffer.alloc(0), (ws) => {
        ws.send(`at ${request.url}`);
      });
    });
    const session = await openSession(await listenHttp2(http));
    const peer = await openOver(session, { ':path': '/mine' });
    expect(await peer.said()).toEqual([1, 'at /mine']);
  });

  it('lets go of a client that leaves, or sends no more, while it is asked about', async () => {
    const asked: [Duplex, () => void][] = [];
    const { session, server } = await serve({
      verifyClient: ({ req }: ClientInfo, done: (result: boolean) => void) =>
        void asked.push([(req as unknown as { stream: Duplex }).stream, () => done(true)]),
    });
    for (const leave of ['reset', 'end'] as const) {
      const { peer } = askOver(session);
      while (asked.length === 0) await turn();
      const [stream, decide] = asked.pop()!;
      peer[leave]();
      await once(stream, 'close');
      decide();
      expect(server.clients.size).toBe(0);
    }
    const late = await serve({ handshakeTimeout: 50, verifyClient: NEVER });
    expect((await refused(late.session)).status).toBe(503);
  });
});
