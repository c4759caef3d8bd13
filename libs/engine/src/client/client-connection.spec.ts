import { once } from 'node:events';
import { Agent as HttpAgent, createServer, type IncomingMessage } from 'node:http';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { answer, opened, outcomeOf } from '../testing-fixtures/client-outcome.js';
import { nextUncaught } from '../testing-fixtures/next-uncaught.js';
import { closeHttpServers, listen } from '../testing-fixtures/http-servers.js';
import { rawFrame } from '../testing-fixtures/raw-frame.js';
import { closeRawPeers, headerOf } from '../testing-fixtures/raw-peer.js';
import { RawServer, closeRawServers } from '../testing-fixtures/raw-server.js';
import { WebSocket } from '../ws/websocket.js';

afterEach(async () => {
  await closeRawPeers();
  await closeRawServers();
  await closeHttpServers();
});

const headers = (changed: Record<string, string | string[] | null>) => ({ headers: changed });

describe('a client that connects', () => {
  it('is open when the server has agreed, and says what was agreed on', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(`${server.url}/chat?x=1`, ['v2', 'v1']);
    expect(ws.readyState).toBe(WebSocket.CONNECTING);
    expect([ws.protocol, ws.extensions, ws.bufferedAmount, ws.isPaused]).toEqual([
      '',
      '',
      0,
      false,
    ]);
    const events: string[] = [];
    ws.on('upgrade', (response: IncomingMessage) => {
      events.push(`upgrade ${String(response.headers['x-server'])} ${ws.readyState}`);
    });
    ws.on('open', () => events.push(`open ${ws.readyState}`));
    await server.accept({
      headers: {
        'Sec-WebSocket-Protocol': 'v1',
        'Sec-WebSocket-Extensions': 'permessage-deflate',
        'X-Server': 'raw',
      },
    });
    await opened(ws);
    expect(events).toEqual(['upgrade raw 0', 'open 1']);
    expect(ws.url).toBe(`${server.url}/chat?x=1`);
    expect(ws.protocol).toBe('v1');
    expect(ws.extensions).toBe('permessage-deflate');
  });

  it('loses nothing that comes behind the response in the same segment', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const result = outcomeOf(ws);
    const behind = [
      rawFrame({ opcode: 1, payload: 'early' }),
      rawFrame({ opcode: 8, payload: Buffer.from([3, 232]) }),
    ];
    const { peer } = await server.accept({}, Buffer.concat(behind));
    expect(await peer.said()).toEqual([8, 1000, '']);
    peer.end();
    expect(await result).toMatchObject({ opened: true, texts: ['early'], close: 1000 });
  });

  it('waits for the server to close the TCP connection', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const { peer } = await server.accept();
    await opened(ws);
    ws.close(1000);
    expect(await peer.said()).toEqual([8, 1000, '']);
    peer.send({ opcode: 8, payload: Buffer.from([3, 232]) });
    // RFC 6455 7.1.1. A FIN would have come with the answer to this ping, had it not been ignored.
    await new Promise((resolve) => setImmediate(resolve));
    expect(peer.ended).toBe(false);
    expect(ws.readyState).toBe(WebSocket.CLOSING);
    peer.end();
    await once(ws, 'close');
    await peer.over();
  });

  it('destroys the connection when the server never closes it', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { closeTimeout: 40 });
    const result = outcomeOf(ws);
    const { peer } = await server.accept();
    ws.on('open', () => ws.close(4000));
    await peer.over();
    expect(await result).toMatchObject({ close: 1006, errors: [] });
  });
});

describe('a client whose server does not answer as it must', () => {
  const key = Buffer.alloc(16).toString('base64');

  it.each([
    ['another status', { line: 'HTTP/1.1 200 OK' }, 'Unexpected server response: 200'],
    ['HTTP/1.0', { line: 'HTTP/1.0 101 Switching Protocols' }, 'Invalid HTTP version'],
    ['no Upgrade header', headers({ Upgrade: null }), 'Invalid Upgrade header'],
    ['another Upgrade', headers({ Upgrade: 'h2c' }), 'Invalid Upgrade header'],
    ['no Accept', headers({ 'Sec-WebSocket-Accept': null }), 'Invalid Sec-WebSocket-Accept header'],
    [
      'a wrong Accept',
      headers({ 'Sec-WebSocket-Accept': key }),
      'Invalid Sec-WebSocket-Accept header',
    ],
    [
      'two Accepts',
      headers({ 'Sec-WebSocket-Accept': [key, key] }),
      'Invalid Sec-WebSocket-Accept header',
    ],
    [
      'a subprotocol nobody asked for',
      headers({ 'Sec-WebSocket-Protocol': 'chat' }),
      'Server sent a subprotocol but none was requested',
    ],
    [
      'an extension nobody asked for',
      headers({ 'Sec-WebSocket-Extensions': 'x-other' }),
      'Server indicated an extension that was not requested',
    ],
    [
      'window bits of 99',
      headers({ 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=99' }),
      'Invalid Sec-WebSocket-Extensions header',
    ],
    [
      'one extension twice',
      headers({ 'Sec-WebSocket-Extensions': 'permessage-deflate, permessage-deflate' }),
      'Invalid Sec-WebSocket-Extensions header',
    ],
    [
      'extensions outside the grammar',
      headers({ 'Sec-WebSocket-Extensions': 'permessage-deflate;;' }),
      'Invalid Sec-WebSocket-Extensions header',
    ],
  ])('fails on %s, and leaves no connection behind', async (_what, response, message) => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url));
    const { peer } = await server.accept(response);
    const { opened: wasOpen, errors, close } = await result;
    expect({ wasOpen, close }).toEqual({ wasOpen: false, close: 1006 });
    expect(errors).toEqual([expect.stringContaining(message)]);
    await peer.over();
  });

  it.each([
    ['another subprotocol', 'other', 'Server sent an invalid subprotocol'],
    ['two subprotocols', ['v1', 'v1'], 'Server sent an invalid subprotocol'],
    ['a list of subprotocols', 'v1, v2', 'Server sent an invalid subprotocol'],
    ['no subprotocol', null, 'Server sent no subprotocol'],
  ])('fails on %s', async (_what, protocol, message) => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url, ['v1', 'v2']));
    const { peer } = await server.accept(headers({ 'Sec-WebSocket-Protocol': protocol }));
    expect(await result).toMatchObject({ errors: [message], close: 1006 });
    await peer.over();
  });

  it('opens without the subprotocol it offered where RFC 6455 is followed, not WHATWG', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, 'v1', { requireProtocol: false });
    await server.accept();
    await opened(ws);
    expect(ws.protocol).toBe('');
  });

  it('fails on an extension when it offered none', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url, { perMessageDeflate: false }));
    const { head: request } = await server.accept(
      headers({ 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
    );
    expect(request.headers.has('sec-websocket-extensions')).toBe(false);
    const message = 'Server sent a Sec-WebSocket-Extensions header but no extension was requested';
    expect(await result).toMatchObject({ errors: [message], close: 1006 });
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['garbage', '\0\u0001\u0002\u00ff\r\n\r\n'],
    ['a broken status line', 'HTTP/1.1 abc\r\n\r\n'],
    ['an end of the connection', null],
  ])('fails on %s', async (_what, text) => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url));
    const peer = await server.next();
    await peer.readHead();
    if (text === null) peer.end();
    else peer.write(text);
    const { errors, close } = await result;
    expect(errors).toHaveLength(1);
    expect(close).toBe(1006);
    await peer.over();
  });

  it('fails on a reset', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url));
    const peer = await server.next();
    await peer.readHead();
    peer.reset();
    expect(await result).toMatchObject({ close: 1006, codes: ['ECONNRESET'] });
  });

  it('fails when nobody listens', async () => {
    const server = await RawServer.listen();
    const { url } = server;
    await server.close();
    expect(await outcomeOf(new WebSocket(url))).toMatchObject({
      close: 1006,
      codes: ['ECONNREFUSED'],
    });
  });

  it('bounds the headers it reads', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url));
    const peer = await server.next();
    await peer.readHead();
    peer.write('HTTP/1.1 101 Switching Protocols\r\n');
    let sent = 0;
    // Until it hangs up: 16 KiB of header are what it takes, however the rest would go on.
    while (!peer.ended && !peer.socket.destroyed && sent < 64) {
      peer.write(`X-${sent++}: ${'a'.repeat(1000)}\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await result).toMatchObject({ close: 1006, codes: ['HPE_HEADER_OVERFLOW'] });
    await peer.over();
  });

  it('takes another bound from the option maxHeaderSize', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url, { maxHeaderSize: 300 }));
    await server.accept(headers({ 'X-Long': 'a'.repeat(300) }));
    expect(await result).toMatchObject({ close: 1006, codes: ['HPE_HEADER_OVERFLOW'] });
  });

  it('does not wait for a server that says nothing', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url, { handshakeTimeout: 40 }));
    const peer = await server.next();
    await peer.over();
    expect(await result).toMatchObject({
      close: 1006,
      errors: ['Opening handshake has timed out'],
      codes: ['WS_ERR_HANDSHAKE_TIMEOUT'],
    });
  });

  it('does not wait for a server that says little by little', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url, { handshakeTimeout: 80 }));
    const peer = await server.next();
    const drip = setInterval(() => peer.write('HTTP/1.1 100 Continue\r\n\r\n'), 10);
    expect(await result).toMatchObject({ errors: ['Opening handshake has timed out'] });
    clearInterval(drip);
    await peer.over();
  });

  it('does not time out once it is open', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { handshakeTimeout: 500 });
    const { peer } = await server.accept();
    await opened(ws);
    await new Promise((resolve) => setTimeout(resolve, 600));
    peer.send({ opcode: 1, payload: 'still here' });
    const [data] = await once(ws, 'message');
    expect(String(data)).toBe('still here');
  });
});

describe('a client that gives up', () => {
  const early = ['WebSocket was closed before the connection was established'];

  it.each(['close', 'terminate'] as const)('with %s() at once', async (how) => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    ws[how]();
    expect(ws.readyState).toBe(WebSocket.CLOSING);
    ws[how]();
    expect(await outcomeOf(ws)).toMatchObject({ opened: false, errors: early, close: 1006 });
    expect(ws.readyState).toBe(WebSocket.CLOSED);
    ws[how]();
    expect(server.connections).toBeLessThanOrEqual(1);
  });

  it.each(['close', 'terminate'] as const)('with %s() while it waits', async (how) => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const result = outcomeOf(ws);
    const peer = await server.next();
    await peer.readHead();
    ws[how]();
    expect(await result).toMatchObject({ errors: early, close: 1006 });
    await peer.over();
  });

  it('while it hears of the upgrade', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const result = outcomeOf(ws);
    ws.on('upgrade', () => ws.terminate());
    const { peer } = await server.accept();
    expect(await result).toMatchObject({ opened: false, errors: early, close: 1006 });
    await peer.over();
  });

  it('while a connection of its own is still being made', async () => {
    const server = await RawServer.listen();
    let give: (() => void) | undefined;
    const ws = new WebSocket(server.url, {
      createConnection: ((_options: unknown, done: (error: null, socket: object) => void) => {
        give = () => done(null, connect(server.port, '127.0.0.1'));
      }) as never,
    });
    const result = outcomeOf(ws);
    ws.close();
    expect(await result).toMatchObject({ errors: early, close: 1006 });
    give!();
    const peer = await server.next();
    await peer.over();
    expect(peer.bytes.length).toBe(0);
  });

  it('when a signal says so', async () => {
    const server = await RawServer.listen();
    const abort = new AbortController();
    const result = outcomeOf(new WebSocket(server.url, { signal: abort.signal }));
    const peer = await server.next();
    abort.abort();
    expect(await result).toMatchObject({ close: 1006, codes: ['ABORT_ERR'] });
    await peer.over();
  });

  it('throws an error nobody listens to, as emitters do, and is closed all the same', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const closed = new Promise((resolve) => ws.once('close', resolve));
    const thrown = nextUncaught();
    ws.close();
    expect((await thrown).message).toContain(early[0]);
    expect(await closed).toBe(1006);
  });
});

describe('a client that gets an answer other than 101', () => {
  it('fails, when nobody listens for it', async () => {
    const server = await RawServer.listen();
    const result = outcomeOf(new WebSocket(server.url));
    const { peer } = await answer(
      server,
      'HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000\r\n\r\nnot yet all of it',
    );
    expect(await result).toMatchObject({
      errors: ['Unexpected server response: 401'],
      codes: ['WS_ERR_HANDSHAKE_STATUS'],
      close: 1006,
    });
    await peer.over();
  });

  it('hands it to who listens for it, and is closed when it has ended', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(401).end('who are you?');
    });
    const ws = new WebSocket(`ws://127.0.0.1:${await listen(server)}`);
    const result = outcomeOf(ws);
    const [request, response] = (await once(ws, 'unexpected-response')) as [
      { destroyed: boolean },
      IncomingMessage,
    ];
    expect(response.statusCode).toBe(401);
    expect(ws.readyState).toBe(WebSocket.CONNECTING);
    const chunks = await response.toArray();
    expect(Buffer.concat(chunks as Buffer[]).toString()).toBe('who are you?');
    expect(await result).toMatchObject({ opened: false, errors: [], close: 1006 });
    expect(request.destroyed).toBe(true);
  });

  it('leaves no connection behind when it has ended, unless an agent keeps it', async () => {
    const agent = new HttpAgent({ keepAlive: true });
    for (const options of [{}, { agent }]) {
      const server = await RawServer.listen();
      const ws = new WebSocket(server.url, options);
      const { peer } = await server.request();
      ws.on('unexpected-response', (_request, response: IncomingMessage) => response.resume());
      const ended = once(peer.socket, 'end');
      peer.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
      await once(ws, 'close');
      if (options.agent) expect(Object.values(agent.freeSockets)).toHaveLength(1);
      agent.destroy();
      await ended;
    }
  });

  it('lets who listens for it give up', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const result = outcomeOf(ws);
    ws.on('unexpected-response', () => ws.terminate());
    const { peer } = await answer(server, 'HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\n');
    expect(await result).toMatchObject({
      errors: [expect.stringContaining('before')],
      close: 1006,
    });
    await peer.over();
  });

  it('does not wait for ever for a listener that does nothing', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { handshakeTimeout: 40 });
    const result = outcomeOf(ws);
    ws.on('unexpected-response', () => {});
    const { peer } = await answer(server, 'HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\n');
    expect(await result).toMatchObject({ errors: ['Opening handshake has timed out'] });
    await peer.over();
  });
});

describe('a client whose server breaks the protocol', () => {
  it.each([
    ['a masked frame', { opcode: 1, payload: 'x', mask: [1, 2, 3, 4] }, 1002],
    ['a reserved bit', { opcode: 1, payload: 'x', rsv: 2 }, 1002],
    ['an unknown opcode', { opcode: 3 }, 1002],
    ['a length over 2^53', { opcode: 2, lengthBits: 64, declaredLength: 2n ** 60n }, 1009],
    ['a length over the limit', { opcode: 2, lengthBits: 64, declaredLength: 2n ** 40n }, 1009],
    ['text that is none', { opcode: 1, payload: Buffer.from([0xff]) }, 1007],
  ] as const)('fails on %s', async (_what, frame, code) => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const result = outcomeOf(ws);
    const { peer } = await server.accept();
    await opened(ws);
    peer.send(frame);
    expect((await peer.said())[1]).toBe(code);
    await peer.over();
    peer.end();
    const { errors, close } = await result;
    expect(errors).toHaveLength(1);
    expect(close).toBe(code);
  });

  it('fails on fragments without an end', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { maxFragments: 3 });
    const { peer } = await server.accept();
    const result = outcomeOf(ws);
    await opened(ws);
    const more = { opcode: 0, fin: false };
    peer.send({ opcode: 1, fin: false }, more, more, more);
    expect((await peer.said())[1]).toBe(1008);
    peer.end();
    expect(await result).toMatchObject({ codes: ['WS_ERR_TOO_MANY_BUFFERED_PARTS'], close: 1008 });
  });
});

describe('what a client sends to open', () => {
  it('is the handshake of RFC 6455 4.1', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(`${server.url}/a%20b?c=d`, ['v2', 'v1'], {
      origin: 'http://example.com',
      headers: { 'X-One': '1', Cookie: ['a=b', 'c=d'] },
    });
    const { head: request } = await server.accept({ headers: { 'Sec-WebSocket-Protocol': 'v2' } });
    await opened(ws);
    expect(request.line).toBe('GET /a%20b?c=d HTTP/1.1');
    expect(Object.fromEntries(request.headers)).toEqual({
      host: [`127.0.0.1:${server.port}`],
      upgrade: ['websocket'],
      connection: ['Upgrade'],
      'sec-websocket-key': [expect.stringMatching(/^[\w+/]{22}==$/)],
      'sec-websocket-version': ['13'],
      'sec-websocket-protocol': ['v2, v1'],
      'sec-websocket-extensions': ['permessage-deflate; client_max_window_bits'],
      origin: ['http://example.com'],
      'x-one': ['1'],
      cookie: ['a=b; c=d'],
    });
  });

  it('has a fresh key each time', async () => {
    const server = await RawServer.listen();
    const keys = new Set<string | undefined>();
    for (let count = 0; count < 3; count++) {
      const ws = new WebSocket(server.url);
      const { head: request } = await server.accept();
      await opened(ws);
      keys.add(headerOf(request, 'sec-websocket-key'));
    }
    expect(keys.size).toBe(3);
  });

  it('says version 8, with the header that version has for the origin', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, { protocolVersion: 8, origin: 'http://example.com' });
    const { head: request } = await server.accept();
    await opened(ws);
    expect(headerOf(request, 'sec-websocket-version')).toBe('8');
    expect(headerOf(request, 'sec-websocket-origin')).toBe('http://example.com');
    expect(request.headers.has('origin')).toBe(false);
  });

  it('asks for what the options of compression say', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url, {
      perMessageDeflate: {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverMaxWindowBits: 10,
        clientMaxWindowBits: 9,
      },
    });
    const { head: request } = await server.accept();
    await opened(ws);
    expect(headerOf(request, 'sec-websocket-extensions')).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; ' +
        'server_max_window_bits=10; client_max_window_bits=9',
    );
  });

  it('is sent by finishRequest, which may change it', async () => {
    const server = await RawServer.listen();
    let given: unknown;
    const ws: WebSocket = new WebSocket(server.url, {
      finishRequest: (request, websocket) => {
        given = websocket;
        request.setHeader('X-Late', 'yes');
        setImmediate(() => request.end());
      },
    });
    const { head: request } = await server.accept();
    await opened(ws);
    expect(given).toBe(ws);
    expect(headerOf(request, 'x-late')).toBe('yes');
  });

  it('is not sent when finishRequest throws, who hears of it', () => {
    const broken = new Error('no headers today');
    const finishRequest = (): never => {
      throw broken;
    };
    expect(() => new WebSocket('ws://127.0.0.1:9', { finishRequest })).toThrow(broken);
  });

  // Reliability: CR, LF and NUL throw before a byte is written.
  it.each([
    ['headers', { headers: { 'X-One': 'a\r\nX-Two: b' } }],
    ['headers', { headers: { 'X-One\r\nX-Two': 'b' } }],
    ['headers', { headers: { 'X-One': 'a\0' } }],
    ['headers', { headers: { 'X-One': undefined } }],
    ['headers', { headers: { 'Content-Length': '5' } }],
    ['headers', { headers: { 'Sec-WebSocket-Protocol': 'chat' } }],
    ['origin', { origin: 'http://a\r\nX: y' }],
  ])('throws for %s that would break it: %p', async (_name, options) => {
    const server = await RawServer.listen();
    expect(() => new WebSocket(server.url, options)).toThrow('Cannot send');
    expect(server.connections).toBe(0);
  });

  it('throws for an agent of the other scheme', () => {
    const agent = new Agent();
    expect(() => new WebSocket('ws://127.0.0.1:9', { agent })).toThrow(
      'Protocol "http:" not supported',
    );
  });
});
