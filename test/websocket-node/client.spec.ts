import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  client as WebSocketClient,
  type request as WebSocketRequest,
} from 'nestwire/websocket-node';
import {
  httpServer,
  httpsServer,
  listen,
} from '../../libs/engine/src/testing-fixtures/http-servers.js';
import { headerOf } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import {
  closeAll,
  closeOf,
  connect,
  nextMessage,
  startServer,
  type Connection,
} from './support/pair.js';

afterEach(closeAll);

describe('the client', () => {
  it('starts with the limits of config', () => {
    expect(new WebSocketClient().config).toMatchObject({
      maxReceivedFrameSize: 1_048_576,
      maxReceivedMessageSize: 8_388_608,
      fragmentOutgoingMessages: true,
      fragmentationThreshold: 16_384,
      webSocketVersion: 13,
      assembleFragments: true,
      disableNagleAlgorithm: true,
      closeTimeout: 5_000,
    });
  });

  it('throws for options that can mean nothing', () => {
    expect(() => new WebSocketClient({ webSocketVersion: 7 as never })).toThrow(
      /allowed are 8 and 13/,
    );
    expect(() => new WebSocketClient({ closeTimeout: -1 })).toThrow(/closeTimeout/);
  });

  it('holds maxReceivedFrameSize and maxReceivedMessageSize', async () => {
    const { server, url } = await startServer({ fragmentOutgoingMessages: false });
    const accepted = once(server, 'connect') as Promise<[Connection]>;
    const far = await connect(url);
    const [near] = await accepted;
    near.send('x'.repeat(1_048_576));
    expect(await nextMessage(far)).toHaveLength(1_048_576);
    near.send('x'.repeat(1_048_577));
    expect((await closeOf(far))[0]).toBe(1009);
  });
});

describe('connect', () => {
  it('asks with protocols, origin and headers', async () => {
    const server = await RawServer.listen();
    const client = new WebSocketClient();
    client.connect(`${server.url}/path?query=1`, ['one', 'two'], 'https://page.example', {
      Authorization: 'Bearer token',
    });
    const { head, peer } = await server.request();
    expect(head.line).toBe('GET /path?query=1 HTTP/1.1');
    expect(headerOf(head, 'Sec-WebSocket-Protocol')).toBe('one, two');
    expect(headerOf(head, 'Origin')).toBe('https://page.example');
    expect(headerOf(head, 'Authorization')).toBe('Bearer token');
    expect(headerOf(head, 'Sec-WebSocket-Version')).toBe('13');
    expect(client.protocols).toEqual(['one', 'two']);
    expect(client.url?.pathname).toBe('/path');
    peer.end();
    await once(client, 'connectFailed');
  });

  it('emits connect with a connection, and knows response, socket and protocol then', async () => {
    const { server, url } = await startServer({ autoAcceptConnections: false });
    server.on('request', (request) => request.accept('chat', request.origin));
    const client = new WebSocketClient();
    client.connect(url, 'chat');
    const [far] = (await once(client, 'connect')) as [Connection];
    expect(far.connected).toBe(true);
    expect(client.protocol).toBe('chat');
    expect(client.response?.statusCode).toBe(101);
    expect(client.socket).toBe(far.socket);
    client.abort();
    expect(far.connected).toBe(true);
  });

  it('takes a URL that is parsed already', async () => {
    const { url } = await startServer();
    const client = new WebSocketClient();
    client.connect(new URL(url));
    await once(client, 'connect');
  });

  it.each(['', '/path', 'localhost:80', 'ftp://localhost/'])('throws for the URL "%s"', (url) => {
    expect(() => new WebSocketClient().connect(url)).toThrow(SyntaxError);
  });

  it('throws for a protocol that is no token', () => {
    expect(() => new WebSocketClient().connect('ws://127.0.0.1:1/', ['a b'])).toThrow();
  });

  it('speaks version 8 where it is asked to', async () => {
    const { server, url } = await startServer({
      webSocketVersions: [8],
      autoAcceptConnections: false,
    });
    const asked = once(server, 'request') as Promise<[WebSocketRequest]>;
    const client = new WebSocketClient({ webSocketVersion: 8 });
    client.connect(url, null, 'http://old.example');
    const [request] = await asked;
    expect([request.webSocketVersion, request.origin]).toEqual([8, 'http://old.example']);
    request.accept(null, request.origin);
    const [far] = (await once(client, 'connect')) as [Connection];
    expect(far.webSocketVersion).toBe(8);
  });
});

/** Why a client could not connect. */
async function failure(url: string, config = {}, protocols?: string): Promise<Error> {
  const client = new WebSocketClient(config);
  client.on('connect', () => {
    throw new Error('It connected');
  });
  client.connect(url, protocols);
  return ((await once(client, 'connectFailed')) as [Error])[0];
}

describe('connectFailed', () => {
  it('tells that nobody listens', async () => {
    const server = await RawServer.listen();
    const { url } = server;
    await server.close();
    expect(await failure(url)).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('tells of an answer other than 101', async () => {
    const { url } = await startServer({ autoAcceptConnections: false });
    const error = await failure(url);
    expect(error.message).toMatch(/^Server responded with a non-101 status: 404 Not Found/);
    expect(error).toMatchObject({ status: 404 });
  });

  it('tells of a server that says nothing for handshakeTimeout', async () => {
    const server = await RawServer.listen();
    const error = await failure(server.url, { handshakeTimeout: 50 });
    expect(error).toMatchObject({ code: 'WS_ERR_HANDSHAKE_TIMEOUT' });
  });

  it.each([
    ['a wrong key', { 'Sec-WebSocket-Accept': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }, 'ACCEPT'],
    ['a protocol nobody asked for', { 'Sec-WebSocket-Protocol': 'chat' }, 'PROTOCOL'],
    ['an extension nobody asked for', { 'Sec-WebSocket-Extensions': 'x-own' }, 'EXTENSIONS'],
    ['another upgrade', { Upgrade: 'h2c' }, 'UPGRADE'],
  ])('tells of an answer with %s', async (_what, headers, rule) => {
    const server = await RawServer.listen();
    const [error] = await Promise.all([failure(server.url), server.accept({ headers })]);
    expect(error).toMatchObject({ code: `WS_ERR_HANDSHAKE_${rule}` });
  });

  it('tells that the server selects no protocol, or another', async () => {
    for (const protocol of [null, 'other']) {
      const headers = { 'Sec-WebSocket-Protocol': protocol };
      const server = await RawServer.listen();
      const [error] = await Promise.all([
        failure(server.url, {}, 'chat'),
        server.accept({ headers }),
      ]);
      expect(error).toMatchObject({ code: 'WS_ERR_HANDSHAKE_PROTOCOL' });
    }
  });
});

describe('abort', () => {
  it('gives up connecting, and connectFailed tells so', async () => {
    const server = await RawServer.listen();
    const client = new WebSocketClient();
    client.connect(server.url);
    const { peer } = await server.request();
    client.abort();
    await once(client, 'connectFailed');
    await peer.over();
    client.abort();
  });
});

describe('httpResponse', () => {
  it('hands out an answer other than 101, body and all, instead of connectFailed', async () => {
    const server = await RawServer.listen();
    const client = new WebSocketClient();
    client.on('connectFailed', (error) => {
      throw error;
    });
    client.connect(server.url);
    const { peer } = await server.request();
    peer.write('HTTP/1.1 401 Who\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwords');
    const [response, same] = (await once(client, 'httpResponse')) as [IncomingMessage, unknown];
    expect([response.statusCode, same]).toEqual([401, client]);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('words');
    await peer.over();
    peer.end();
  });
});

describe('tlsOptions', () => {
  it('are used for wss:, with headers of their own', async () => {
    const { server } = await startServer({
      autoAcceptConnections: false,
      httpServer: httpsServer(),
    });
    const secure = httpsServer();
    server.mount({ httpServer: secure });
    const port = await listen(secure);
    const asked = once(server, 'request') as Promise<[WebSocketRequest]>;
    const client = new WebSocketClient({
      tlsOptions: { ca: TEST_CERTIFICATE.cert, headers: { 'X-Secret': 'over TLS' } },
    });
    client.connect(`wss://localhost:${port}/`);
    const [request] = await asked;
    expect(request.httpRequest.headers['x-secret']).toBe('over TLS');
    expect(request.secure).toBe(true);
    request.accept();
    const [far] = (await once(client, 'connect')) as [Connection];
    expect(client.secure).toBe(true);
    far.drop();
  });

  it('let a certificate nobody vouches for fail the connection', async () => {
    const secure = httpsServer();
    await startServer({}, secure);
    const { port } = secure.address() as { port: number };
    await expect(connect(`wss://localhost:${port}/`)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });

  it('are left alone for ws:', async () => {
    const { server, url } = await startServer({ autoAcceptConnections: false }, httpServer());
    const asked = once(server, 'request') as Promise<[WebSocketRequest]>;
    const client = new WebSocketClient({ tlsOptions: { headers: { 'X-Secret': 'over TLS' } } });
    client.connect(url, null, null, { 'X-Open': 'yes' });
    const [request] = await asked;
    expect(request.httpRequest.headers['x-secret']).toBeUndefined();
    expect(request.httpRequest.headers['x-open']).toBe('yes');
    request.reject();
    await once(client, 'connectFailed');
  });
});

describe('extra request options', () => {
  it('reach the request, except for what the URL says', async () => {
    const { url } = await startServer();
    const client = new WebSocketClient();
    client.connect(url, null, null, null, { localAddress: '127.0.0.1', host: 'nowhere.invalid' });
    const [far] = (await once(client, 'connect')) as [Connection];
    expect(far.socket.localAddress).toBe('127.0.0.1');
  });
});
