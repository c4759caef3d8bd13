import { once } from 'node:events';
import http, {
  Agent as HttpAgent,
  createServer,
  type IncomingMessage,
  type Server,
} from 'node:http';
import https, { Agent as HttpsAgent, createServer as createHttpsServer } from 'node:https';
import net, { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import nodeTls, { type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { opened, outcomeOf } from '../testing-fixtures/client-outcome.js';
import { closeHttpServers, httpsServer, listen } from '../testing-fixtures/http-servers.js';
import { closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { RawServer, closeRawServers } from '../testing-fixtures/raw-server.js';
import { TEST_CERTIFICATE } from '../testing-fixtures/test-certificate.js';
import { WebSocketServer } from '../ws/websocket-server.js';
import { WebSocket } from '../ws/websocket.js';

afterEach(async () => {
  await closeRawPeers();
  await closeRawServers();
  await closeHttpServers();
});

let sockets = 0;

describe('a client of a TLS server', () => {
  it('connects to one whose certificate it trusts', async () => {
    const server = await RawServer.listen({ tls: true });
    const ws = new WebSocket(`wss://localhost:${server.port}/`, { ca: TEST_CERTIFICATE.cert });
    const { peer, head: request } = await server.accept();
    await opened(ws);
    expect(headerOf(request, 'host')).toBe(`localhost:${server.port}`);
    // RFC 6455 4.1/5: the name MUST be sent.
    expect((peer.socket as TLSSocket & { servername: string }).servername).toBe('localhost');
  });

  it('names HTTP/1.1 as the one protocol it speaks', async () => {
    const server = await RawServer.listen({ tls: true });
    const ws = new WebSocket(`wss://127.0.0.1:${server.port}/`, { rejectUnauthorized: false });
    const { peer } = await server.accept();
    await opened(ws);
    expect((peer.socket as TLSSocket & { servername: unknown }).servername).toBe(false);
  });

  it.each([
    ['a certificate it does not trust', {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'a certificate for another name',
      { ca: TEST_CERTIFICATE.cert, servername: 'other.test' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ])('fails on %s', async (_what, options, code) => {
    const url = `wss://127.0.0.1:${await listen(httpsServer())}/`;
    expect(await outcomeOf(new WebSocket(url, options))).toMatchObject({
      close: 1006,
      codes: [code],
    });
  });

  it('fails on a server that speaks no TLS', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(`wss://127.0.0.1:${server.port}/`));
    const peer = await server.next();
    peer.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(await result).toMatchObject({ opened: false, close: 1006 });
    await peer.over();
  });
});

describe('a client on the same machine', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** An engine's server on a Unix domain socket, and the requests it gets. */
  async function local(tls = false) {
    const path = join(tmpdir(), `nestwire-${process.pid}-${sockets++}.sock`);
    const server = tls ? createHttpsServer(TEST_CERTIFICATE) : createServer();
    servers.push(server);
    const requests: IncomingMessage[] = [];
    const wss = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      requests.push(request);
      if (request.url !== '/moved') {
        wss.handleUpgrade(request, socket, head, (ws) => ws.close());
      } else {
        socket.end('HTTP/1.1 302 Found\r\nLocation: /two\r\n\r\n');
      }
    });
    server.listen(path);
    await once(server, 'listening');
    return { path, requests };
  }

  it.each([
    ['ws+unix', false],
    ['wss+unix', true],
  ])('connects over %s', async (scheme, tls) => {
    const { path, requests } = await local(tls);
    const ws = new WebSocket(`${scheme}:${path}:/chat?x=1`, { rejectUnauthorized: false });
    expect(await outcomeOf(ws)).toMatchObject({ opened: true, close: 1005 });
    expect(requests.map(({ url }) => url)).toEqual(['/chat?x=1']);
    expect(requests[0]!.headers.host).toMatch(/^localhost/);
  });

  it('connects to the option socketPath, whatever host the URL names', async () => {
    const { path, requests } = await local();
    const ws = new WebSocket('ws://example.com/chat', { socketPath: path });
    expect(await outcomeOf(ws)).toMatchObject({ opened: true, close: 1005 });
    expect(requests.map(({ url, headers }) => [url, headers.host])).toEqual([
      ['/chat', 'example.com'],
    ]);
  });

  it('follows a redirect to another path', async () => {
    const { path, requests } = await local();
    const headers = { Authorization: 'Bearer secret' };
    const ws = new WebSocket(`ws+unix:${path}:/moved`, { followRedirects: true, headers });
    expect(await outcomeOf(ws)).toMatchObject({ errors: [], opened: true, close: 1005 });
    expect(requests.map((request) => [request.url, request.headers.authorization])).toEqual([
      ['/moved', 'Bearer secret'],
      ['/two', 'Bearer secret'],
    ]);
  });
});

describe('the way to the server', () => {
  it('is made by createConnection, when there is one', async () => {
    const server = await RawServer.listen();
    const asked: (string | null | undefined)[] = [];
    const ws = new WebSocket('ws://example.com/chat', {
      createConnection: (options) => {
        asked.push(options.host, String(options.port));
        return connect(server.port, '127.0.0.1');
      },
    });
    await server.accept();
    await opened(ws);
    expect(asked).toEqual(['example.com', '80']);
  });

  it('fails when createConnection does', async () => {
    const broken = new Error('no way');
    const createConnection = (): never => {
      throw broken;
    };
    const result = outcomeOf(new WebSocket('ws://example.com/', { createConnection }));
    expect(await result).toMatchObject({ errors: ['no way'], close: 1006 });
  });

  it("is an agent's, who then is done with it", async () => {
    const server = await RawServer.listen();
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    const ws = new WebSocket(server.url, { agent });
    await server.accept();
    await opened(ws);
    expect(agent.sockets).toEqual({});
    const another = new WebSocket(server.url, { agent });
    await server.accept();
    await opened(another);
    agent.destroy();
  });

  it("is a TLS agent's, with what that one trusts", async () => {
    const server = await RawServer.listen({ tls: true });
    const agent = new HttpsAgent({ ca: TEST_CERTIFICATE.cert });
    const ws = new WebSocket(`wss://localhost:${server.port}/`, { agent });
    await server.accept();
    await opened(ws);
    agent.destroy();
  });

  it('is looked up by the option lookup, from the option localAddress', async () => {
    const server = await RawServer.listen();
    const names: string[] = [];
    const ws = new WebSocket(`ws://anywhere.test:${server.port}/`, {
      localAddress: '127.0.0.2',
      lookup: (name, _options, callback) => {
        names.push(name);
        callback(null, '127.0.0.1', 4);
      },
    });
    const { peer } = await server.accept();
    await opened(ws);
    expect(names).toEqual(['anywhere.test']);
    expect(peer.socket.remoteAddress).toBe('127.0.0.2');
  });

  it('is not for the options to bend: host, port, path and method are those of the URL', async () => {
    const server = await RawServer.listen();
    const options = { host: '0.0.0.1', hostname: 'x', port: 1, path: '/x', method: 'POST' };
    const ws = new WebSocket(`${server.url}/right`, options);
    const { head: request } = await server.accept();
    await opened(ws);
    expect(request.line).toBe('GET /right HTTP/1.1');
    ws.terminate();
    await once(ws, 'close');
  });
});

describe('what replaces functions of Node', () => {
  it.each([
    ['http.request', http, 'request', 'ws'],
    ['net.connect', net, 'connect', 'ws'],
    ['https.request', https, 'request', 'wss'],
    ['tls.connect', nodeTls, 'connect', 'wss'],
  ] as const)('is called by clients: %s', async (_name, module, method, scheme) => {
    const original: (...args: unknown[]) => unknown = Reflect.get(module, method);
    let calls = 0;
    Reflect.set(module, method, (...args: unknown[]) => {
      calls++;
      return Reflect.apply(original, module, args);
    });
    try {
      const server = await RawServer.listen({ tls: scheme === 'wss' });
      const url = `${scheme}://127.0.0.1:${server.port}/`;
      const ws = new WebSocket(url, { rejectUnauthorized: false });
      await server.accept();
      await opened(ws);
    } finally {
      Reflect.set(module, method, original);
    }
    expect(calls).toBe(1);
  });
});
