import { once } from 'node:events';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { connect } from 'node:tls';
import { createServer as createHttpsServer } from 'node:https';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { HandshakeError } from '../protocol/errors.js';
import {
  closeHttpServers,
  httpServer,
  httpsServer,
  listen,
} from '../testing-fixtures/http-servers.js';
import { clientText } from '../testing-fixtures/raw-frame.js';
import { RawPeer, closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { TEST_CERTIFICATE } from '../testing-fixtures/test-certificate.js';
import { upgradeHead } from '../testing-fixtures/upgrade-head.js';
import { closeServers, nextConnection, serve } from '../testing-fixtures/websocket-servers.js';
import type { WebSocket } from './websocket.js';
import type { ClientInfo } from './client-verification.js';
import type { WebSocketServerOptions } from './websocket-server-options.js';
import { WebSocketServer } from './websocket-server.js';

afterEach(async () => {
  await closeRawPeers();
  await closeServers();
  await closeHttpServers();
});

type Decide = (
  ok: boolean,
  code?: number,
  message?: string,
  headers?: Record<string, string>,
) => void;

/** The answer to a plain upgrade, and its body. */
async function answer(options: WebSocketServerOptions, headers: Record<string, string> = {}) {
  const { server, port } = await serve(options);
  const errors: HandshakeError[] = [];
  server.on('wsClientError', (error: HandshakeError, socket: Duplex) => {
    errors.push(error);
    socket.destroy();
  });
  const peer = await RawPeer.upgrade(port, { headers });
  const head = await peer.readHead();
  return { head, peer, server, errors };
}

function fail(): never {
  throw new Error('secret detail');
}

function neverDecide(_info: ClientInfo, _callback: Decide): void {
  // The handshake timeout has to.
}

/** A `verifyClient` that leaves it to the test to decide. */
function deferred() {
  const state: { decide: Decide | null } = { decide: null };
  const verifyClient = (_info: ClientInfo, callback: Decide): void => {
    state.decide = callback;
  };
  const asked = async (): Promise<Decide> => {
    while (state.decide === null) await turn();
    return state.decide;
  };
  return { verifyClient, asked };
}

describe('verifyClient', () => {
  it('is told the origin, whether it is TLS, and the request', async () => {
    const infos: ClientInfo[] = [];
    const verifyClient = (info: ClientInfo) => infos.push(info) > 0;
    const { head } = await answer({ verifyClient }, { Origin: 'http://a.example' });
    expect(head.status).toBe(101);
    expect(infos[0]).toMatchObject({ origin: 'http://a.example', secure: false });
    expect(infos[0]!.req.headers.host).toBe('127.0.0.1');
    const https = httpsServer();
    const server = new WebSocketServer({ server: https, verifyClient });
    const peer = await RawPeer.connect(await listen(https), { tls: true });
    peer.write(upgradeHead());
    expect((await peer.readHead()).status).toBe(101);
    expect(infos[1]).toMatchObject({ origin: undefined, secure: true });
    for (const ws of server.clients) ws.terminate();
  });

  it('refuses with 401 when it says no', async () => {
    const { head, peer, server } = await answer({ verifyClient: () => false });
    expect([head.status, headerOf(head, 'Connection')]).toEqual([401, 'close']);
    expect((await peer.readToEnd()).toString()).toBe('Unauthorized');
    expect(server.clients.size).toBe(0);
  });

  it('may be async: its promise is awaited, not taken for a yes', async () => {
    const refused = await answer({ verifyClient: async (_info: ClientInfo) => false });
    expect([refused.head.status, refused.server.clients.size]).toEqual([401, 0]);
    const accepted = await answer({ verifyClient: async (_info: ClientInfo) => true });
    expect(accepted.head.status).toBe(101);
    for (const ws of accepted.server.clients) ws.terminate();
  });

  it('may take its time, and nothing is dispatched before', async () => {
    const { verifyClient, asked } = deferred();
    const { server, port } = await serve({ verifyClient });
    const messages: string[] = [];
    server.on('connection', (ws: WebSocket) => {
      ws.on('message', (data) => messages.push((data as Buffer).toString()));
    });
    const peer = await RawPeer.upgrade(port, {}, clientText('early'));
    const decide = await asked();
    for (let round = 0; round < 10; round++) await turn();
    expect(messages).toEqual([]);
    const connected = nextConnection(server);
    decide(true);
    const ws = await connected;
    await once(ws, 'message');
    expect(messages).toEqual(['early']);
    expect((await peer.readHead()).status).toBe(101);
    decide(false);
    decide(true);
    peer.send({ opcode: 1, payload: 'later' });
    await once(ws, 'message');
  });

  it('refuses with the code, message and headers it gives', async () => {
    const { head, peer } = await answer({
      verifyClient: (_info, callback: Decide) =>
        callback(false, 403, 'Not you', { 'X-Why': 'because' }),
    });
    expect([head.status, headerOf(head, 'X-Why')]).toEqual([403, 'because']);
    expect((await peer.readToEnd()).toString()).toBe('Not you');
    for (const code of [undefined, 0]) {
      const plain = await answer({
        verifyClient: (_info, callback: Decide) => callback(false, code),
      });
      expect(plain.head.status).toBe(401);
    }
  });

  it('may answer when the client is gone', async () => {
    const { verifyClient, asked } = deferred();
    const { server, port } = await serve({ verifyClient });
    const connections: unknown[] = [];
    server.on('connection', (ws) => connections.push(ws));
    const peer = await RawPeer.upgrade(port);
    const decide = await asked();
    await peer.destroy();
    for (let round = 0; round < 20; round++) await turn();
    decide(true);
    await turn();
    expect(connections).toEqual([]);
  });

  it('has until handshakeTimeout', async () => {
    const { head } = await answer({ verifyClient: neverDecide, handshakeTimeout: 30 });
    expect(head.status).toBe(503);
  });
});

describe('a hook that throws', () => {
  const hooks: [string, WebSocketServerOptions][] = [
    ['verifyClient', { verifyClient: (_info: ClientInfo) => fail() }],
    [
      'verifyClient with a callback',
      { verifyClient: (_info: ClientInfo, _callback: Decide) => fail() },
    ],
    ['an async verifyClient', { verifyClient: async (_info: ClientInfo) => fail() }],
    [
      'an async verifyClient with a callback',
      { verifyClient: async (_info: ClientInfo, _callback: Decide) => fail() },
    ],
    ['handleProtocols', { handleProtocols: fail }],
  ];

  it.each(hooks)('refuses this client with 500 and no other: %s', async (_name, options) => {
    const { head, peer, errors, server } = await answer(options, { 'Sec-WebSocket-Protocol': 'a' });
    expect(head.status).toBe(500);
    expect((await peer.readToEnd()).toString()).not.toContain('secret');
    expect(errors).toMatchObject([
      { name: 'Error', code: 'WS_ERR_HANDSHAKE_HOOK', cause: { message: 'secret detail' } },
    ]);
    expect(server.clients.size).toBe(0);
  });

  it('refuses with 500 when what it answered cannot be sent', async () => {
    const wrong: WebSocketServerOptions[] = [
      { handleProtocols: () => 'not offered' },
      { handleProtocols: () => 'a\r\nX-Injected: 1' },
      { verifyClient: (_info, callback: Decide) => callback(false, 403, 'x', { 'X-A': 'a\r\nb' }) },
      { verifyClient: (_info, callback: Decide) => callback(false, 200) },
      { verifyClient: (_info, callback: Decide) => callback(false, 1000) },
    ];
    for (const options of wrong) {
      const { head, errors } = await answer(options, { 'Sec-WebSocket-Protocol': 'a' });
      expect([head.status, head.headers.has('x-injected')]).toEqual([500, false]);
      expect(errors).toHaveLength(1);
    }
  });
});

describe('handleProtocols', () => {
  const offered = { 'Sec-WebSocket-Protocol': 'a, b, c' };

  it('picks one of the offered ones', async () => {
    const calls: [string[], string | undefined][] = [];
    const handleProtocols = (protocols: Set<string>, request: IncomingMessage) => {
      calls.push([[...protocols], request.url]);
      return 'b';
    };
    const { head, server } = await answer({ handleProtocols }, offered);
    expect(headerOf(head, 'Sec-WebSocket-Protocol')).toBe('b');
    expect(calls).toEqual([[['a', 'b', 'c'], '/']]);
    expect([...server.clients][0]!.protocol).toBe('b');
  });

  it('picks none by saying false', async () => {
    const { head } = await answer({ handleProtocols: () => false }, offered);
    expect([head.status, headerOf(head, 'Sec-WebSocket-Protocol')]).toEqual([101, undefined]);
  });

  it('is not asked when nothing is offered, and the first is taken without it', async () => {
    expect((await answer({ handleProtocols: fail })).head.status).toBe(101);
    expect(headerOf((await answer({}, offered)).head, 'Sec-WebSocket-Protocol')).toBe('a');
  });
});

describe('allowedOrigins', () => {
  it('lets in these origins and refuses others with 403 (RFC 6455 10.2)', async () => {
    const options = { allowedOrigins: ['https://app.example'] };
    for (const [origin, status] of [
      ['https://app.example', 101],
      ['https://app.example:443', 101],
      ['http://app.example', 403],
      ['https://app.example.evil', 403],
      ['null', 403],
    ] as const) {
      expect((await answer(options, { Origin: origin })).head.status).toBe(status);
    }
  });

  it('is the own origin by default when cookies are sent, and any without them', async () => {
    const cookie = { Cookie: 'session=1' };
    expect((await answer({}, { Origin: 'http://evil.example' })).head.status).toBe(101);
    expect((await answer({}, { ...cookie, Origin: 'http://evil.example' })).head.status).toBe(403);
    expect((await answer({}, { ...cookie, Origin: 'http://127.0.0.1' })).head.status).toBe(101);
    const all = await answer({ allowedOrigins: '*' }, { ...cookie, Origin: 'http://evil.example' });
    expect(all.head.status).toBe(101);
    expect((await answer({}, cookie)).head.status).toBe(101);
    expect((await answer({ allowedOrigins: [] }, cookie)).head.status).toBe(101);
  });

  it('counts HTTP authentication and client certificates as cookies, for browsers add them alike', async () => {
    const basic = { Authorization: 'Basic eDp5', Origin: 'http://evil.example' };
    expect((await answer({}, basic)).head.status).toBe(403);
    const https = createHttpsServer({
      ...TEST_CERTIFICATE,
      requestCert: true,
      rejectUnauthorized: false,
    });
    const server = new WebSocketServer({ server: https });
    const port = await listen(https);
    for (const [certificate, origin, status] of [
      [TEST_CERTIFICATE, 'https://evil.example', 403],
      [TEST_CERTIFICATE, 'https://127.0.0.1', 101],
      [TEST_CERTIFICATE, 'http://127.0.0.1', 403],
      [TEST_CERTIFICATE, null, 101],
      [{}, 'https://evil.example', 101],
    ] as const) {
      const socket = connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ...certificate,
      });
      const peer = new RawPeer(socket);
      peer.write(upgradeHead({ headers: { Origin: origin } }));
      expect([origin, (await peer.readHead()).status]).toEqual([origin, status]);
    }
    for (const client of server.clients) client.terminate();
  });

  it('believes what a trusted proxy says of the scheme, and nobody else', async () => {
    const origins = ['https://127.0.0.1', 'http://127.0.0.1'];
    for (const [trustedProxies, word, expected] of [
      [['127.0.0.0/8'], 'https', [101, 403]],
      [['127.0.0.1'], 'https, http', [101, 403]],
      [['127.0.0.1'], ' HTTPS ,http', [101, 403]],
      [['127.0.0.1'], 'http', [403, 101]],
      [['127.0.0.1'], 'gopher', [101, 101]],
      [['10.0.0.1'], 'https', [101, 101]],
      [[], 'https', [101, 101]],
    ] as const) {
      const statuses = await Promise.all(
        origins.map(async (Origin) => {
          const headers = { Cookie: 'a=1', Origin, 'X-Forwarded-Proto': word };
          return (await answer({ trustedProxies }, headers)).head.status;
        }),
      );
      expect([word, statuses]).toEqual([word, expected]);
    }
    expect(() => new WebSocketServer({ noServer: true, trustedProxies: ['proxy'] })).toThrow(
      /^Cannot trust proxy/,
    );
  });

  it('names the option where a proxy may have changed the Host, in the body and once in the log', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const { port } = await serve();
    for (let count = 0; count < 2; count++) {
      const headers = { Cookie: 'a=1', Origin: 'https://app.example', Host: 'backend:3000' };
      const peer = await RawPeer.upgrade(port, { headers });
      expect((await peer.readHead()).status).toBe(403);
      expect((await peer.readToEnd()).toString()).toContain('allowedOrigins');
    }
    expect(warn.mock.calls).toEqual([
      [
        expect.stringMatching(/"https:\/\/app\.example".*"backend:3000".*allowedOrigins/),
        { code: 'NESTWIRE_ORIGIN' },
      ],
    ]);
    warn.mockRestore();
  });
});

describe('the headers event', () => {
  it('may add lines to the response, and sees the request', async () => {
    const { server, port } = await serve();
    server.on('headers', (lines: string[], request: IncomingMessage) => {
      expect(lines[0]).toBe('HTTP/1.1 101 Switching Protocols');
      lines.push(`X-Path: ${request.url}`, 'Set-Cookie: a=1');
    });
    const peer = await RawPeer.upgrade(port, { line: 'GET /here HTTP/1.1' });
    const head = await peer.readHead();
    expect([headerOf(head, 'X-Path'), headerOf(head, 'Set-Cookie')]).toEqual(['/here', 'a=1']);
  });

  it('cannot smuggle in another line', async () => {
    for (const line of ['X: a\r\nY: b', 'X: a\nb', 'X: a\0']) {
      const { server, port } = await serve();
      server.on('headers', (lines: string[]) => lines.push(line));
      const peer = await RawPeer.upgrade(port);
      expect((await peer.readHead()).status).toBe(500);
    }
  });
});

describe('the wsClientError event', () => {
  it('leaves a bad handshake to its listener', async () => {
    const { server, port } = await serve();
    const seen: [string, string | undefined][] = [];
    server.on(
      'wsClientError',
      (error: HandshakeError, socket: Duplex, request: IncomingMessage) => {
        seen.push([error.code, request.url]);
        socket.end('HTTP/1.1 418 Mine\r\nConnection: close\r\n\r\n');
      },
    );
    const peer = await RawPeer.upgrade(port, {
      line: 'GET /bad HTTP/1.1',
      headers: { 'Sec-WebSocket-Key': 'short' },
    });
    expect((await peer.readHead()).line).toBe('HTTP/1.1 418 Mine');
    expect(seen).toEqual([['WS_ERR_HANDSHAKE_KEY', '/bad']]);
  });

  it('is not needed: without a listener the client is answered', async () => {
    const { port } = await serve();
    const peer = await RawPeer.upgrade(port, { headers: { 'Sec-WebSocket-Key': 'short' } });
    expect((await peer.readHead()).status).toBe(400);
  });
});

describe('handleUpgrade of one socket a second time', () => {
  const twice = 'server.handleUpgrade() was called more than once with the same socket';

  it('throws, and leaves the connection of the first alone', async () => {
    const http = httpServer();
    const port = await listen(http);
    const server = new WebSocketServer({ noServer: true });
    const connected = new Promise<WebSocket>((resolve) => {
      http.on('upgrade', (request, socket, head) => {
        server.handleUpgrade(request, socket, head, resolve);
        expect(() => server.handleUpgrade(request, socket, head, resolve)).toThrow(
          expect.objectContaining({ name: 'Error', message: expect.stringContaining(twice) }),
        );
      });
    });
    const peer = await RawPeer.upgrade(port);
    expect((await peer.readHead()).status).toBe(101);
    const ws = await connected;
    const message = once(ws, 'message');
    peer.write(clientText('still there'));
    expect(String((await message)[0])).toBe('still there');
    void peer.destroy();
    await once(ws, 'close');
  });

  it('throws while the first is not decided yet', async () => {
    const http = httpServer();
    const port = await listen(http);
    const { verifyClient, asked } = deferred();
    const server = new WebSocketServer({ noServer: true, verifyClient });
    http.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, () => {});
      expect(() => server.handleUpgrade(request, socket, head, () => {})).toThrow(twice);
    });
    const peer = await RawPeer.upgrade(port);
    (await asked())(true);
    expect((await peer.readHead()).status).toBe(101);
    void peer.destroy();
  });
});

describe('a request that is not as Node gives it', () => {
  it.each<[string, (request: IncomingMessage) => object]>([
    [
      'rebuilt from what another process sent',
      ({ method, url, headers }) => JSON.parse(JSON.stringify({ method, url, headers })) as object,
    ],
    ['with raw headers in pairs', (request) => withRaw(request, [['Host', 'a']])],
    ['without raw headers', (request) => withRaw(request, undefined)],
  ])('is taken when it is %s', async (_how, change) => {
    const http = httpServer();
    const port = await listen(http);
    const server = new WebSocketServer({ noServer: true, verifyClient: () => true });
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const sent = JSON.parse(JSON.stringify(head)) as Buffer;
      const changed = change(request) as IncomingMessage;
      server.handleUpgrade(changed, socket, sent, (ws) => {
        ws.on('message', (text) => ws.send(text as Buffer, { binary: false }));
      });
    });
    const head = { headers: { Cookie: 'a=1', Origin: 'http://127.0.0.1' } };
    const peer = await RawPeer.upgrade(port, head, clientText('behind'));
    expect((await peer.readHead()).status).toBe(101);
    expect(await peer.said()).toEqual([1, 'behind']);
  });

  it.each(['/', '/unknown'])(
    'is refused without a byte when it waits behind a request that is not answered, at %s',
    async (path) => {
      const unanswered: ServerResponse[] = [];
      const http = httpServer();
      http.removeAllListeners('request');
      http.on('request', (_request, response) => unanswered.push(response));
      const server = new WebSocketServer({ server: http, path: '/' });
      const port = await listen(http);
      const peer = await RawPeer.connect(port);
      peer.write(
        `GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${upgradeHead({ line: `GET ${path} HTTP/1.1` })}`,
      );
      await peer.over();
      unanswered.pop()!.end('late');
      expect(peer.bytes).toHaveLength(0);
      expect(server.clients.size).toBe(0);
      // Behind one that was answered it is as good as any other.
      const patient = await RawPeer.connect(port);
      patient.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(http, 'request');
      unanswered.pop()!.end('late');
      expect((await patient.readHead()).status).toBe(200);
      while (!patient.bytes.includes('late')) await turn();
      patient.bytes = Buffer.alloc(0);
      patient.write(upgradeHead({ line: `GET ${path} HTTP/1.1` }));
      expect((await patient.readHead()).status).toBe(path === '/' ? 101 : 404);
    },
  );
});

describe('an upgrade that a framework routes with a response', () => {
  it.each([true, false])('is taken, or refused, by the server it is handed to: %s', async (ok) => {
    const http = httpServer();
    const server = new WebSocketServer({ noServer: true, verifyClient: () => ok });
    http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      // As @fastify/websocket does it, for hooks that come before.
      new ServerResponse(request).assignSocket(socket);
      server.handleUpgrade(request, socket, head, () => {});
    });
    const peer = await RawPeer.upgrade(await listen(http));
    expect((await peer.readHead()).status).toBe(ok ? 101 : 401);
  });
});

describe('a client that leaves before it is let in', () => {
  const COUNT = 10;

  it.each([
    ['the application decides before handleUpgrade', {}],
    [
      'an async verifyClient decides',
      {
        verifyClient: ({ req }: ClientInfo) =>
          new Promise<boolean>((done) => req.socket.once('end', () => later(done))),
      },
    ],
    ['a hook has ended its socket', { handleProtocols: endSocket }],
  ] satisfies [string, WebSocketServerOptions][])('while %s is let go', async (_when, options) => {
    const http = httpServer();
    const server = new WebSocketServer({ noServer: true, ...options });
    let accepted = 0;
    const taken: Duplex[] = [];
    const sockets: Duplex[] = [];
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      sockets.push(socket);
      const take = (): void => {
        server.handleUpgrade(request, socket, head, () => accepted++);
        taken.push(socket);
      };
      if ('verifyClient' in options) take();
      else socket.once('end', take);
    });
    const port = await listen(http);
    const head = { headers: { 'Sec-WebSocket-Protocol': 'a' } };
    for (let left = 0; left < COUNT; left++) (await RawPeer.upgrade(port, head)).end();
    while (taken.length < COUNT || sockets.some((socket) => !socket.closed)) await turn();
    expect([accepted, server.clients.size]).toEqual([0, 0]);
  });
});

/** Says yes when the client has had the time to leave. */
function later(done: (ok: boolean) => void): void {
  setTimeout(done, 50, true);
}

function endSocket(_protocols: Set<string>, request: IncomingMessage): string {
  request.socket.destroy();
  return 'a';
}

/** The request with other raw headers, from which Node has parsed the others before. */
function withRaw({ method, url, headers, socket }: IncomingMessage, rawHeaders: unknown): object {
  return { method, url, headers, socket, rawHeaders };
}
