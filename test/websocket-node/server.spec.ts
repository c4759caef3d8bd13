import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  server as WebSocketServer,
  type request as WebSocketRequest,
} from 'nestwire/websocket-node';
import {
  httpServer,
  httpsServer,
  listen,
} from '../../libs/engine/src/testing-fixtures/http-servers.js';
import { RawPeer, headerOf } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { TEST_MASK, rawFrame } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import {
  closeAll,
  closeOf,
  connect,
  connectPair,
  nextMessage,
  startServer,
  type Connection,
} from './support/pair.js';

afterEach(closeAll);

describe('mount', () => {
  it('takes the upgrades of an HTTP server, and fills in the defaults of config', async () => {
    const http = httpServer();
    const server = new WebSocketServer();
    expect(server.config).toBeUndefined();
    server.mount({ httpServer: http, autoAcceptConnections: true });
    expect(server.config).toMatchObject({
      httpServer: [http],
      maxReceivedFrameSize: 65_536,
      maxReceivedMessageSize: 1_048_576,
      fragmentOutgoingMessages: true,
      fragmentationThreshold: 16_384,
      keepalive: true,
      keepaliveInterval: 20_000,
      dropConnectionOnKeepaliveTimeout: true,
      keepaliveGracePeriod: 10_000,
      useNativeKeepalive: false,
      assembleFragments: true,
      autoAcceptConnections: true,
      ignoreXForwardedFor: false,
      parseCookies: true,
      parseExtensions: true,
      disableNagleAlgorithm: true,
      closeTimeout: 5_000,
    });
    const port = await listen(http);
    expect((await connect(`ws://127.0.0.1:${port}/`)).connected).toBe(true);
  });

  it('takes those of several servers, over TLS and without', async () => {
    const [plain, secure] = [httpServer(), httpsServer()];
    const server = new WebSocketServer({
      httpServer: [plain, secure],
      autoAcceptConnections: true,
    });
    const ports = [await listen(plain), await listen(secure)];
    await connect(`ws://127.0.0.1:${ports[0]}/`);
    await connect(`wss://127.0.0.1:${ports[1]}/`, null, {
      tlsOptions: { rejectUnauthorized: false },
    });
    expect(server.connections).toHaveLength(2);
  });

  it('throws without httpServer, and for options that can mean nothing', () => {
    expect(() => new WebSocketServer({} as never)).toThrow(/httpServer is needed/);
    for (const option of [
      { fragmentationThreshold: 0 },
      { keepaliveInterval: '20' },
      { maxReceivedFrameSize: -1 },
      { closeTimeout: 1.5 },
      { perMessageDeflate: { threshold: -1 } },
    ]) {
      expect(
        () => new WebSocketServer({ httpServer: httpServer(), ...(option as object) }),
      ).toThrow(/Cannot use option/);
    }
  });
});

describe('unmount', () => {
  it('takes no more upgrades and leaves connections open', async () => {
    const { server, near, far, port } = await connectPair();
    server.unmount();
    server.unmount();
    const peer = await RawPeer.upgrade(port);
    // Without a taker Node hands it to the application as a plain request.
    expect((await peer.readHead()).status).toBe(200);
    near.send('still there');
    expect(await nextMessage(far)).toBe('still there');
  });
});

describe('autoAcceptConnections', () => {
  it('accepts with the first protocol offered, and emits connect', async () => {
    const { server, url } = await startServer();
    const accepted = once(server, 'connect') as Promise<[Connection]>;
    const far = await connect(url, ['Second.Chat', 'first']);
    expect((await accepted)[0].connected).toBe(true);
    expect(far.protocol).toBe('Second.Chat');
  });

  it('refuses a page of another origin that comes with cookies, unless allowedOrigins lets it in', async () => {
    const headers = { Origin: 'https://evil.example', Cookie: 'session=1' };
    const { port } = await startServer();
    const refused = await RawPeer.upgrade(port, { headers });
    expect((await refused.readHead()).status).toBe(403);
    const lax = await startServer({ allowedOrigins: '*' });
    const accepted = await RawPeer.upgrade(lax.port, { headers });
    expect((await accepted.readHead()).status).toBe(101);
  });

  it('of false emits request, and rejects with 404 where nobody listens', async () => {
    const { server, port, url } = await startServer({ autoAcceptConnections: false });
    const refused = await RawPeer.upgrade(port);
    expect((await refused.readHead()).status).toBe(404);
    server.on('request', (request) => request.accept(null, request.origin));
    expect((await connect(url)).connected).toBe(true);
  });
});

describe('allowedOrigins', () => {
  it('lets in exactly these origins', async () => {
    const { port } = await startServer({ allowedOrigins: ['https://good.example'] });
    for (const [origin, status] of [
      ['https://good.example', 101],
      ['http://good.example', 403],
      ['https://good.example.evil.example', 403],
      ['null', 403],
    ] as const) {
      const peer = await RawPeer.upgrade(port, { headers: { Origin: origin } });
      expect((await peer.readHead()).status).toBe(status);
    }
  });
});

describe('the events connect and close', () => {
  it('tell of each connection, and connections lists those that are open', async () => {
    const { server, url } = await startServer();
    const closed: unknown[] = [];
    server.on('close', (connection, code, description) => {
      closed.push([connection.state, code, description]);
    });
    const clients = await Promise.all([connect(url), connect(url), connect(url)]);
    expect(server.connections).toHaveLength(3);
    clients[0]?.close(4000, 'one');
    await once(server, 'close');
    expect(closed).toEqual([['closed', 4000, 'one']]);
    expect(server.connections).toHaveLength(2);
    expect(server.connections.every(({ connected }) => connected)).toBe(true);
  });
});

describe('broadcast, broadcastUTF and broadcastBytes', () => {
  it('send to all connections', async () => {
    const { server, url } = await startServer({ fragmentationThreshold: 1000 });
    const clients = await Promise.all([
      connect(url),
      connect(url, null, { perMessageDeflate: true }),
    ]);
    for (const [send, expected] of [
      [() => server.broadcast('text'), 'text'],
      [() => server.broadcast(Buffer.from('bytes')), Buffer.from('bytes')],
      [() => server.broadcast(42), '42'],
      [() => server.broadcastUTF('Grüße'), 'Grüße'],
      [() => server.broadcastBytes(Buffer.from([1])), Buffer.from([1])],
      [() => server.broadcastUTF('x'.repeat(2500)), 'x'.repeat(2500)],
    ] as const) {
      const received = Promise.all(clients.map(nextMessage));
      send();
      expect(await received).toEqual([expected, expected]);
    }
    expect(() => server.broadcastBytes('text' as never)).toThrow(TypeError);
  });
});

describe('closeAllConnections', () => {
  it('closes connections with 1000 and rejects waiting requests with 503', async () => {
    const { server, port, url } = await startServer({ autoAcceptConnections: false });
    server.once('request', (request) => request.accept());
    const far = await connect(url);
    const asked = once(server, 'request') as Promise<[WebSocketRequest]>;
    const waiting = await RawPeer.upgrade(port);
    const [request] = await asked;
    expect(server.pendingRequests).toEqual([request]);
    server.closeAllConnections();
    expect(await closeOf(far)).toEqual([1000, 'Normal connection closure']);
    expect((await waiting.readHead()).status).toBe(503);
    expect(server.pendingRequests).toEqual([]);
    expect(() => request.accept()).toThrow(/resolved already/);
  });
});

describe('shutDown', () => {
  it('takes no more upgrades and closes all connections', async () => {
    const { server, far, http } = await connectPair();
    server.shutDown();
    expect(await closeOf(far)).toEqual([1000, 'Normal connection closure']);
    expect(http.listenerCount('upgrade')).toBe(0);
  });
});

describe('the event upgradeError', () => {
  it('tells of a bad handshake, which was answered', async () => {
    const { server, port } = await startServer();
    const failed = once(server, 'upgradeError') as Promise<[Error]>;
    const peer = await RawPeer.upgrade(port, { headers: { 'Sec-WebSocket-Key': 'short' } });
    const head = await peer.readHead();
    expect(head.status).toBe(400);
    const [error] = await failed;
    expect(headerOf(head, 'X-WebSocket-Reject-Reason')).toBe(error.message);
    expect(error).toMatchObject({ code: 'WS_ERR_HANDSHAKE_KEY' });
  });
});

describe('webSocketVersions', () => {
  it('speak 13 alone, unless 8 is opted in', async () => {
    const headers = { 'Sec-WebSocket-Version': '8', 'Sec-WebSocket-Origin': 'http://old.example' };
    const { port } = await startServer();
    const refused = await (await RawPeer.upgrade(port, { headers })).readHead();
    expect([refused.status, headerOf(refused, 'Sec-WebSocket-Version')]).toEqual([426, '13']);
    const lax = await startServer({ webSocketVersions: [13, 8], autoAcceptConnections: false });
    const asked = once(lax.server, 'request') as Promise<[WebSocketRequest]>;
    const peer = await RawPeer.upgrade(lax.port, { headers });
    const [request] = await asked;
    expect([request.webSocketVersion, request.origin]).toEqual([8, 'http://old.example']);
    const near = request.accept(null, request.origin);
    expect(near.webSocketVersion).toBe(8);
    const head = await peer.readHead();
    expect(headerOf(head, 'Sec-WebSocket-Origin')).toBe('http://old.example');
    peer.send({ opcode: 1, payload: 'old words' });
    expect(await nextMessage(near)).toBe('old words');
  });
});

describe('handshakeTimeout', () => {
  it('answers 503 to a request nobody decides', async () => {
    const { server, port } = await startServer({
      autoAcceptConnections: false,
      handshakeTimeout: 50,
    });
    const asked = once(server, 'request') as Promise<[WebSocketRequest]>;
    const peer = await RawPeer.upgrade(port);
    const [request] = await asked;
    const abandoned = once(request, 'requestAbandoned');
    expect((await peer.readHead()).status).toBe(503);
    await abandoned;
    expect(server.pendingRequests).toEqual([]);
  });
});

describe('maxReceivedFrameSize and maxReceivedMessageSize', () => {
  it('close with 1009 what is larger, on both sides of the bound', async () => {
    const { near, far } = await connectPair(
      { maxReceivedFrameSize: 1000, maxReceivedMessageSize: 2000 },
      { fragmentationThreshold: 1000 },
    );
    far.send('x'.repeat(2000));
    expect(await nextMessage(near)).toHaveLength(2000);
    const closed = Promise.all([closeOf(near), closeOf(far)]);
    far.send('x'.repeat(2001));
    expect((await closed).map(([code]) => code)).toEqual([1009, 1009]);
  });

  it('judge a frame before its payload comes', async () => {
    const { port } = await startServer();
    const peer = await RawPeer.open(port);
    peer.send({ opcode: 2, declaredLength: 65_537n });
    expect((await peer.said()).slice(0, 2)).toEqual([8, 1009]);
  });

  it('let a message be as large as a frame where only that is given', async () => {
    const { near, far } = await connectPair(
      { maxReceivedFrameSize: 3_000_000 },
      { fragmentOutgoingMessages: false },
    );
    far.send('x'.repeat(3_000_000));
    expect(await nextMessage(near)).toHaveLength(3_000_000);
  });

  it('of Infinity are no limit', async () => {
    const { near, far } = await connectPair({
      maxReceivedFrameSize: Infinity,
      maxReceivedMessageSize: Infinity,
    });
    far.send('x'.repeat(2_000_000));
    expect(await nextMessage(near)).toHaveLength(2_000_000);
  });
});

describe('perMessageDeflate', () => {
  it('compresses, and says so in extensions', async () => {
    const { near, far } = await connectPair(
      { perMessageDeflate: true },
      { perMessageDeflate: true },
    );
    expect(near.extensions[0]).toMatch(/^permessage-deflate/);
    expect(far.extensions[0]).toMatch(/^permessage-deflate/);
    const text = 'the same words again and again, '.repeat(3000);
    near.send(text);
    expect(await nextMessage(far)).toBe(text);
    expect(far.socket.bytesRead).toBeLessThan(text.length / 10);
    far.send(text);
    expect(await nextMessage(near)).toBe(text);
  });

  it('is off by default, and where frames are handed out', async () => {
    for (const config of [{}, { perMessageDeflate: true, assembleFragments: false }]) {
      const { near } = await connectPair(config, { perMessageDeflate: true });
      expect(near.extensions).toEqual([]);
    }
  });
});

describe('an HTTP server with other listeners of upgrade', () => {
  it('keeps what asks for another protocol to them', async () => {
    const http = httpServer();
    http.on('upgrade', (request, socket) => {
      if (request.headers.upgrade === 'h2c') socket.end('HTTP/1.1 418 Theirs\r\n\r\n');
    });
    const { port } = await startServer({}, http);
    const theirs = await RawPeer.upgrade(port, { headers: { Upgrade: 'h2c' } });
    expect((await theirs.readHead()).status).toBe(418);
    const ours = await RawPeer.upgrade(port);
    expect((await ours.readHead()).status).toBe(101);
  });

  it('gets a 400 for it when it has none', async () => {
    const { port } = await startServer();
    const peer = await RawPeer.upgrade(port, { headers: { Upgrade: 'h2c' } });
    expect((await peer.readHead()).status).toBe(400);
  });
});

describe('data in the segment of the handshake', () => {
  it('is not lost', async () => {
    const { server, port } = await startServer();
    const early = new Promise((resolve) => {
      server.once('connect', (near) => resolve(nextMessage(near)));
    });
    await RawPeer.upgrade(port, {}, rawFrame({ opcode: 1, payload: 'early', mask: TEST_MASK }));
    expect(await early).toBe('early');
  });
});
