import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import {
  closeHttpServers,
  httpServer,
  httpsServer,
  listen,
} from '../testing-fixtures/http-servers.js';
import { RawPeer, closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { upgradeHead } from '../testing-fixtures/upgrade-head.js';
import {
  closeServers,
  nextConnection,
  serve,
  serveEcho,
} from '../testing-fixtures/websocket-servers.js';
import { WebSocket } from './websocket.js';
import type { WebSocketServerOptions } from './websocket-server-options.js';
import { WebSocketServer } from './websocket-server.js';

afterEach(async () => {
  await closeRawPeers();
  await closeServers();
  await closeHttpServers();
});

const at = (path: string) => ({ line: `GET ${path} HTTP/1.1` });

async function statusOf(port: number, path = '/'): Promise<number> {
  const peer = await RawPeer.upgrade(port, at(path));
  return (await peer.readHead()).status;
}

describe('creating a WebSocketServer', () => {
  it.each([
    {},
    { noServer: false },
    { port: 0, noServer: true },
    { port: 0, server: httpServer() },
    { server: httpServer(), noServer: true },
    { port: 0, server: httpServer(), noServer: true },
  ])('needs exactly one of port, server and noServer: %#', (options) => {
    expect(() => new WebSocketServer(options)).toThrow(UsageError);
    expect(() => new WebSocketServer(options)).toThrow(
      'One and only one of the "port", "server", or "noServer" options must be specified',
    );
  });

  it('needs one also when no options are given, and says so as ws does', () => {
    const problem =
      'One and only one of the "port", "server", or "noServer" options must be specified';
    for (const none of [undefined, null]) {
      expect(() => new WebSocketServer(none)).toThrow(UsageError);
      expect(() => new WebSocketServer(none)).toThrow(problem);
    }
  });

  it.each([
    [{ maxPayload: -1 }, 'maxPayload'],
    [{ maxPayload: '1' }, 'maxPayload'],
    [{ skipUTF8Validation: 1 }, 'skipUTF8Validation'],
    [{ autoPong: 'no' }, 'autoPong'],
    [{ perMessageDeflate: 'yes' }, 'perMessageDeflate'],
    [{ perMessageDeflate: { serverMaxWindowBits: 7 } }, 'serverMaxWindowBits'],
    [{ compression: 'some' }, 'compression'],
  ])('throws for a wrong option and says which: %j', (options, name) => {
    const create = () =>
      new WebSocketServer({ noServer: true, ...(options as Partial<WebSocketServerOptions>) });
    expect(create).toThrow(UsageError);
    expect(create).toThrow(name);
  });

  it('keeps the options for whoever asks', () => {
    const options = { noServer: true, path: '/x' };
    expect(new WebSocketServer(options).options).toMatchObject(options);
  });

  it('tells the defaults of what was left out, in options of its own', () => {
    const options = { noServer: true };
    const [one, other] = [new WebSocketServer(options), new WebSocketServer(options)];
    expect(one.options).toMatchObject({ maxPayload: 104_857_600, clientTracking: true });
    one.options.path = '/x';
    expect([options, other.options.path]).toEqual([{ noServer: true }, undefined]);
  });

  it('tells the class of the connections, for programs that make them', () => {
    class Own extends WebSocket {}
    const classes = [{}, { WebSocket: Own }].map(
      (options) => new WebSocketServer({ noServer: true, ...options }).options.WebSocket,
    );
    expect(classes).toEqual([WebSocket, Own]);
  });

  it.each(['maxPayload', 'autoPong', 'closeTimeout'])('takes null for no %s', (name) => {
    expect(() => new WebSocketServer({ noServer: true, [name]: null })).not.toThrow();
  });
});

describe('a WebSocketServer with a port of its own', () => {
  it('listens on port and host, calls back, and tells its address', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', backlog: 5 });
    expect(server.address()).toBeNull();
    await once(server, 'listening');
    expect(server.address()).toMatchObject({ address: '127.0.0.1', family: 'IPv4' });
    await new Promise((resolve) => server.close(resolve));
    const called = new Promise<void>((resolve) => {
      const other = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => {
        other.close();
        resolve();
      });
    });
    await called;
  });

  it('emits error when the port is taken', async () => {
    const { port } = await serve();
    const second = new WebSocketServer({ port, host: '127.0.0.1' });
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('EADDRINUSE');
  });

  it('answers plain requests 426 with what to upgrade to, and closes', async () => {
    const { port } = await serve();
    const peer = await RawPeer.connect(port);
    peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const head = await peer.readHead();
    expect([head.status, headerOf(head, 'Upgrade')]).toEqual([426, 'websocket']);
    expect((await peer.readToEnd()).toString()).toContain('Upgrade Required');
  });

  it('hands out connections with their request', async () => {
    const { server, port } = await serve();
    const connected = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
    const peer = await RawPeer.open(port, at('/path?query'));
    const [ws, request] = await connected;
    expect(ws).toBeInstanceOf(WebSocket);
    expect([ws.readyState, ws.protocol, ws.extensions]).toEqual([WebSocket.OPEN, '', '']);
    expect([request.url, request.socket.remotePort]).toEqual([
      '/path?query',
      (peer.socket.address() as AddressInfo).port,
    ]);
  });

  it('cuts off a request that is sent too slowly', async () => {
    const { port } = await serve({ handshakeTimeout: 300 });
    const peer = await RawPeer.connect(port);
    peer.write('GET / HTTP/1.1\r\nHost: a\r\nUpgr');
    expect((await peer.readHead()).status).toBe(408);
    await peer.over();
  });
});

describe('the path of a WebSocketServer', () => {
  it('is compared exactly, without the query', async () => {
    const { port } = await serve({ path: '/ws' });
    expect(await statusOf(port, '/ws')).toBe(101);
    expect(await statusOf(port, '/ws?token=1')).toBe(101);
    for (const other of ['/', '/ws/', '/WS', '/ws2', '/%77s', '//ws']) {
      expect(await statusOf(port, other)).toBe(404);
    }
  });

  it('can be replaced by a rule of the application', async () => {
    class EvenServer extends WebSocketServer {
      override shouldHandle(request: IncomingMessage): boolean {
        return Number(request.url!.slice(1)) % 2 === 0;
      }
    }
    const http = httpServer();
    const server = new EvenServer({ server: http });
    const port = await listen(http);
    expect([await statusOf(port, '/2'), await statusOf(port, '/3')]).toEqual([101, 404]);
    for (const ws of server.clients) ws.terminate();
  });

  it('is asked once for an upgrade that is taken', async () => {
    const { server, port } = await serve();
    const asked: unknown[] = [];
    server.shouldHandle = ({ url }) => asked.push(url) > 0;
    expect([await statusOf(port, '/a'), await statusOf(port, '/b')]).toEqual([101, 101]);
    expect(asked).toEqual(['/a', '/b']);
  });
});

describe.each([
  ['HTTP', httpServer, false],
  ['HTTPS', httpsServer, true],
])('several WebSocketServers on one %s server', (_name, createServer, tls) => {
  it('take their own paths and leave the rest', async () => {
    const http = createServer();
    const servers = ['/one', '/two'].map((path) => new WebSocketServer({ server: http, path }));
    for (const [index, server] of servers.entries()) {
      server.on('connection', (ws: WebSocket) => ws.send(`server ${index}`));
    }
    const port = await listen(http);
    const ask = async (path: string) => {
      const peer = await RawPeer.connect(port, { tls });
      peer.write(upgradeHead(at(path)));
      const { status } = await peer.readHead();
      return status === 101 ? (await peer.said())[1] : status;
    };
    expect(await ask('/two')).toBe('server 1');
    expect(await ask('/one')).toBe('server 0');
    expect(await ask('/three')).toBe(404);
    const plain = await RawPeer.connect(port, { tls });
    plain.write('GET /one HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await plain.readHead()).status).toBe(200);
    http.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      if (request.url === '/three') socket.end('HTTP/1.1 499 Foreign\r\n\r\n');
    });
    expect(await ask('/three')).toBe(499);
    expect(await ask('/one')).toBe('server 0');
  });
});

describe('a WebSocketServer on a server of the application', () => {
  it('passes on listening and error, and tells its address', async () => {
    const http = httpServer();
    const server = new WebSocketServer({ server: http });
    const listening = once(server, 'listening');
    const port = await listen(http);
    await listening;
    expect(server.address()).toMatchObject({ port });
    const failed = once(server, 'error');
    http.emit('error', new Error('from the server'));
    expect(await failed).toMatchObject([{ message: 'from the server' }]);
  });
});

describe('a WebSocketServer without a server', () => {
  it('takes the upgrades it is given', async () => {
    const server = new WebSocketServer({ noServer: true });
    const http = httpServer();
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      server.handleUpgrade(request, socket, head, (ws, given) => {
        expect(given).toBe(request);
        ws.send('by hand');
        server.emit('connection', ws, request);
      });
    });
    const connected = nextConnection(server);
    const peer = await RawPeer.open(await listen(http));
    expect(await peer.said()).toEqual([1, 'by hand']);
    expect(server.clients.has(await connected)).toBe(true);
  });

  it('has no address', () => {
    expect(() => new WebSocketServer({ noServer: true }).address()).toThrow(UsageError);
  });

  it('refuses what is not meant for it', async () => {
    const server = new WebSocketServer({ noServer: true, path: '/mine' });
    const http = httpServer();
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      server.handleUpgrade(request, socket, head, (ws) => ws.close());
    });
    const port = await listen(http);
    expect([await statusOf(port, '/other'), await statusOf(port, '/mine')]).toEqual([404, 101]);
  });
});

describe('the connections of a WebSocketServer', () => {
  it('are kept in clients until they are closed', async () => {
    const { server, port } = await serve();
    const peers = [await RawPeer.open(port), await RawPeer.open(port)];
    expect(server.clients.size).toBe(2);
    const [ws] = server.clients;
    const closed = once(ws!, 'close');
    await peers[0]!.destroy();
    await closed;
    expect([...server.clients]).toHaveLength(1);
    expect(server.clients.has(ws!)).toBe(false);
  });

  it('are not kept either when their listeners are taken away', async () => {
    const { server, port } = await serve();
    server.on('connection', (ws: WebSocket) => ws.removeAllListeners());
    const connected = nextConnection(server);
    const peer = await RawPeer.open(port);
    await connected;
    const closed = new Promise((resolve) => server.close(resolve));
    void peer.destroy();
    expect(await closed).toBeUndefined();
    expect(server.clients.size).toBe(0);
  });

  it('are not kept when clientTracking is off', async () => {
    const { server, port } = await serve({ clientTracking: false });
    const connected = nextConnection(server);
    await RawPeer.open(port);
    expect(server.clients).toBeUndefined();
    (await connected).terminate();
  });

  it('can be of a class of the application', async () => {
    class Player extends WebSocket {
      score = 7;
    }
    const { server, port } = await serve({ WebSocket: Player });
    const connected = nextConnection(server);
    await RawPeer.open(port);
    const player = await connected;
    expect(player).toBeInstanceOf(Player);
    expect((player as Player).score).toBe(7);
  });

  it('emit open for a class that listens to it in its constructor', async () => {
    const states: number[] = [];
    class Listening extends WebSocket {
      constructor(address: string | URL | null, protocols?: undefined, options?: undefined) {
        super(address as null, protocols, options);
        this.onopen = () => states.push(this.readyState);
      }
    }
    const { server, port } = await serve({ WebSocket: Listening });
    const connected = nextConnection(server);
    await RawPeer.open(port);
    await connected;
    expect(states).toEqual([WebSocket.OPEN]);
  });

  it('echo what they are sent, compressed or not, as the options say', async () => {
    for (const [options, offer, expected] of [
      [{}, 'permessage-deflate', undefined],
      [
        { perMessageDeflate: true },
        'permessage-deflate',
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
      ],
      [{ perMessageDeflate: true }, null, undefined],
      [
        { compression: 'dedicated' },
        'permessage-deflate',
        'permessage-deflate; server_max_window_bits=13',
      ],
    ] as const) {
      const { port } = await serveEcho(options);
      const peer = await RawPeer.upgrade(port, { headers: { 'Sec-WebSocket-Extensions': offer } });
      const head = await peer.readHead();
      expect(headerOf(head, 'Sec-WebSocket-Extensions')).toBe(expected);
      peer.send({ opcode: 2, payload: 'bytes' }, { opcode: 1, payload: 'text' });
      expect(await peer.said()).toEqual([2, 'bytes']);
      expect(await peer.said()).toEqual([1, 'text']);
    }
  });

  it('go by the limits of the options', async () => {
    const { port } = await serveEcho({ maxPayload: 5, autoPong: false });
    const peer = await RawPeer.open(port);
    peer.send({ opcode: 9 }, { opcode: 1, payload: '12345' }, { opcode: 1, payload: '123456' });
    expect(await peer.said()).toEqual([1, '12345']);
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
  });
});

describe('closing a WebSocketServer', () => {
  it('refuses new connections, leaves open ones, and is over with the last of them', async () => {
    const { server, port } = await serve();
    const peer = await RawPeer.open(port);
    const [ws] = server.clients;
    const events: string[] = [];
    server.on('close', () => events.push('close'));
    const called = new Promise<Error | undefined>((resolve) => server.close(resolve));
    const late = connect(port, '127.0.0.1');
    await once(late, 'error');
    ws!.send('still here');
    expect(await peer.said()).toEqual([1, 'still here']);
    expect(events).toEqual([]);
    ws!.on('close', () => events.push('connection'));
    ws!.terminate();
    expect(await called).toBeUndefined();
    expect([events, server.clients.size]).toEqual([['connection', 'close'], 0]);
  });

  it('leaves the server of the application and its other listeners alone', async () => {
    const http = httpServer();
    const first = new WebSocketServer({ server: http, path: '/a' });
    const second = new WebSocketServer({ server: http, path: '/b' });
    const port = await listen(http);
    await new Promise((resolve) => first.close(resolve));
    expect([http.listening, first.address()]).toEqual([true, null]);
    expect([await statusOf(port, '/a'), await statusOf(port, '/b')]).toEqual([404, 101]);
    for (const ws of second.clients) ws.terminate();
    await new Promise((resolve) => second.close(resolve));
    expect(http.listenerCount('upgrade')).toBe(0);
    expect(http.listenerCount('error')).toBe(0);
  });

  it('waits for open connections on a server of the application, too', async () => {
    const http = httpServer();
    const server = new WebSocketServer({ server: http });
    const peer = await RawPeer.open(await listen(http));
    let closed = false;
    const over = new Promise<void>((resolve) =>
      server.close(() => {
        closed = true;
        resolve();
      }),
    );
    const [ws] = server.clients;
    ws!.send('x');
    await peer.said();
    expect(closed).toBe(false);
    ws!.terminate();
    await over;
  });

  it('answers upgrades 503 that come, or are decided, while it closes', async () => {
    const asked: ((ok: boolean) => void)[] = [];
    const server = new WebSocketServer({
      noServer: true,
      verifyClient: (_info: unknown, callback: (ok: boolean) => void) => {
        asked.push(callback);
      },
    });
    const http = httpServer();
    const handed: WebSocket[] = [];
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      server.handleUpgrade(request, socket, head, (ws) => handed.push(ws));
    });
    const port = await listen(http);
    const waiting = await RawPeer.upgrade(port);
    await once(http, 'upgrade');
    server.close();
    asked[0]!(true);
    expect((await waiting.readHead()).status).toBe(503);
    expect(await statusOf(port)).toBe(503);
    expect(handed).toEqual([]);
  });

  it('can be asked twice while closing, and says so once closed', async () => {
    const { server } = await serve();
    const results: (Error | undefined)[] = [];
    await Promise.all(
      [1, 2].map(
        () =>
          new Promise<void>((resolve) =>
            server.close((error) => {
              results.push(error);
              resolve();
            }),
          ),
      ),
    );
    expect(results).toEqual([undefined, undefined]);
    const error = await new Promise<Error | undefined>((resolve) => server.close(resolve));
    expect(error).toMatchObject({ code: 'WS_ERR_SERVER_NOT_RUNNING' });
    server.close();
  });
});

describe('JSON of a server', () => {
  it('is what a log may show, clients or none', () => {
    const server = new WebSocketServer({ noServer: true, path: '/chat' });
    expect(JSON.parse(JSON.stringify(server))).toEqual({ path: '/chat', clients: 0 });
    const bare = new WebSocketServer({ noServer: true, clientTracking: false });
    expect(JSON.parse(JSON.stringify({ bare }))).toEqual({ bare: { path: null, clients: 0 } });
    for (const one of [server, bare]) one.close();
  });
});
