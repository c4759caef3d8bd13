import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  client as WebSocketClient,
  request as WebSocketRequest,
  type ICookie,
} from 'nestwire/websocket-node';
import {
  httpServer,
  listen,
  nextUpgrade,
} from '../../libs/engine/src/testing-fixtures/http-servers.js';
import { RawPeer, headerOf } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import {
  SAMPLE_KEY,
  type UpgradeHead,
} from '../../libs/engine/src/testing-fixtures/upgrade-head.js';
import { closeAll, closeOf, connect, nextMessage, startServer } from './support/pair.js';

afterEach(closeAll);

/** A request as the server sees it, and the client that asks. */
async function ask(
  head: UpgradeHead = {},
  config: Parameters<typeof startServer>[0] = {},
): Promise<{ request: WebSocketRequest; peer: RawPeer }> {
  const { server, port } = await startServer({ autoAcceptConnections: false, ...config });
  const asked = once(server, 'request') as Promise<[WebSocketRequest]>;
  const peer = await RawPeer.upgrade(port, head);
  const [request] = await asked;
  return { request, peer };
}

describe('what a request says', () => {
  it('resource, resourceURL, httpRequest, host, key, webSocketVersion, origin and remoteAddress', async () => {
    const { request } = await ask({
      line: 'GET /chat%20room?name=J%C3%BCrgen&tag=a&tag=b HTTP/1.1',
      headers: { Host: 'chat.example:8080', Origin: 'https://chat.example' },
    });
    expect(request).toBeInstanceOf(WebSocketRequest);
    expect(request.resource).toBe('/chat%20room?name=J%C3%BCrgen&tag=a&tag=b');
    expect(request.resourceURL).toMatchObject({
      pathname: '/chat%20room',
      search: '?name=J%C3%BCrgen&tag=a&tag=b',
      query: { name: 'Jürgen', tag: ['a', 'b'] },
      path: request.resource,
      href: request.resource,
    });
    expect(request.httpRequest.url).toBe(request.resource);
    expect(request.socket).toBe(request.httpRequest.socket);
    expect(request.host).toBe('chat.example:8080');
    expect(request.key).toBe(SAMPLE_KEY);
    expect(request.webSocketVersion).toBe(13);
    expect(request.origin).toBe('https://chat.example');
    expect(request.secure).toBe(false);
    expect(request.remoteAddress).toBe('127.0.0.1');
    expect(request.remoteAddresses).toEqual(['127.0.0.1']);
  });

  it('requestedProtocols in lower case, requestedExtensions and cookies', async () => {
    const { request } = await ask({
      headers: {
        'Sec-WebSocket-Protocol': 'Chat, other',
        'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits, x-own; level=3',
        Cookie: 'a=1; b=%20two; c="three"; bad=%zz',
      },
    });
    expect(request.requestedProtocols).toEqual(['chat', 'other']);
    expect(request.requestedExtensions).toEqual([
      {
        name: 'permessage-deflate',
        params: [{ name: 'client_max_window_bits', value: undefined }],
      },
      { name: 'x-own', params: [{ name: 'level', value: '3' }] },
    ]);
    expect(request.cookies).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: ' two' },
      { name: 'c', value: 'three' },
      { name: 'bad', value: '%zz' },
    ]);
  });

  it('nothing of what parseCookies and parseExtensions of false leave out', async () => {
    const { request } = await ask(
      { headers: { 'Sec-WebSocket-Extensions': 'x-own', Cookie: 'a=1' } },
      { parseCookies: false, parseExtensions: false },
    );
    expect([request.cookies, request.requestedExtensions]).toEqual([[], []]);
  });

  it('parseCookies and parseExtensions read a header', async () => {
    const { request } = await ask();
    expect(request.parseCookies('__proto__=1; a=2')).toEqual([
      { name: '__proto__', value: '1' },
      { name: 'a', value: '2' },
    ]);
    expect(request.parseCookies(undefined)).toEqual([]);
    expect(request.parseExtensions('X-Own')).toEqual([{ name: 'x-own', params: [] }]);
    expect(request.parseExtensions('not, an; =extension')).toEqual([]);
  });
});

describe('remoteAddresses', () => {
  const headers = { 'X-Forwarded-For': '198.51.100.7, 203.0.113.9, 10.0.0.1' };

  it('do not believe X-Forwarded-For of anybody', async () => {
    const { request } = await ask({ headers });
    expect(request.remoteAddresses).toEqual(['127.0.0.1']);
  });

  it('believe it as far as trustedProxies wrote it', async () => {
    const { request } = await ask({ headers }, { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] });
    expect(request.remoteAddresses).toEqual(['203.0.113.9', '10.0.0.1', '127.0.0.1']);
    expect(request.remoteAddress).toBe('203.0.113.9');
    const near = request.accept();
    expect(near.remoteAddress).toBe('203.0.113.9');
    expect(near.remoteAddresses).toEqual(request.remoteAddresses);
  });

  it('do not look at it with ignoreXForwardedFor', async () => {
    const { request } = await ask(
      { headers },
      { trustedProxies: ['127.0.0.1'], ignoreXForwardedFor: true },
    );
    expect(request.remoteAddress).toBe('127.0.0.1');
  });
});

describe('accept', () => {
  it('opens the connection, in any case of the protocol, which the client gets as it wrote it', async () => {
    const { request, peer } = await ask({
      headers: { 'Sec-WebSocket-Protocol': 'Chat.V2, other' },
    });
    const events: string[] = [];
    request.on('requestResolved', () => events.push('resolved'));
    request.on('requestAccepted', (connection) => events.push(`accepted ${connection.state}`));
    const near = request.accept('CHAT.v2', 'https://chat.example');
    expect(events).toEqual(['resolved', 'accepted open']);
    expect(near.protocol).toBe('CHAT.v2');
    const head = await peer.readHead();
    expect(head.status).toBe(101);
    expect(headerOf(head, 'Sec-WebSocket-Protocol')).toBe('Chat.V2');
    expect(headerOf(head, 'Origin')).toBe('https://chat.example');
    peer.send({ opcode: 1, payload: 'text' });
    expect(await nextMessage(near)).toBe('text');
  });

  it('throws for a protocol that was not requested, and the client is answered 500', async () => {
    const { request, peer } = await ask({ headers: { 'Sec-WebSocket-Protocol': 'chat' } });
    expect(() => request.accept('other')).toThrow(/the client did not offer it/);
    expect((await peer.readHead()).status).toBe(500);
  });

  it('throws for an origin that would break the response', async () => {
    const { request, peer } = await ask();
    expect(() => request.accept(null, 'https://x\r\nSet-Cookie: a=b')).toThrow(/U\+000D/);
    const head = await peer.readHead();
    expect(head.status).toBe(500);
    expect(head.headers.has('set-cookie')).toBe(false);
  });

  it('and reject can be called once, whichever it is', async () => {
    const accepted = (await ask()).request;
    accepted.accept();
    expect(() => accepted.accept()).toThrow(/resolved already/);
    expect(() => accepted.reject()).toThrow(/resolved already/);
    const rejected = (await ask()).request;
    rejected.reject();
    expect(() => rejected.reject()).toThrow(/resolved already/);
    expect(() => rejected.accept()).toThrow(/resolved already/);
    expect(rejected.isResolved).toBe(true);
  });

  it('of a client that has left gives a connection that closes with 1006', async () => {
    const { server, url } = await startServer({ autoAcceptConnections: false });
    const asked = once(server, 'request') as Promise<[WebSocketRequest]>;
    const connected = once(server, 'connect');
    const client = new WebSocketClient();
    client.connect(url, 'test');
    const failed = once(client, 'connectFailed');
    const [request] = await asked;
    const abandoned = once(request, 'requestAbandoned');
    client.abort();
    await Promise.all([failed, abandoned]);
    expect(server.pendingRequests).toEqual([]);
    const near = request.accept('test', request.origin);
    near.on('error', (error) => {
      throw error;
    });
    expect([near.connected, near.state]).toEqual([false, 'closed']);
    near.send('nobody is there');
    expect(await closeOf(near)).toEqual([1006, 'TCP connection lost before handshake completed.']);
    await connected;
    expect(server.connections).toEqual([]);
  });
});

describe('cookies', () => {
  it('are written by RFC 6265', async () => {
    const { request, peer } = await ask();
    request.accept(null, null, [
      { name: 'plain', value: 'value' },
      { name: 'empty', value: '' },
      {
        name: 'full',
        value: '"quoted"',
        path: '/chat',
        domain: 'Chat.Example',
        expires: new Date(Date.UTC(2030, 0, 2, 3, 4, 5)),
        maxage: '3600',
        secure: true,
        httponly: true,
        samesite: 'lax',
      },
    ]);
    const head = await peer.readHead();
    expect(head.headers.get('set-cookie')).toEqual([
      'plain=value',
      'empty=',
      'full="quoted"; Path=/chat; Domain=chat.example; Expires=Wed, 02 Jan 2030 03:04:05 GMT; Max-Age=3600; Secure; HttpOnly; SameSite=Lax',
    ]);
  });

  it.each<[string, unknown]>([
    ['no array', { name: 'a', value: 'b' }],
    ['no name', [{ value: 'b' }]],
    ['an empty name', [{ name: '', value: 'b' }]],
    ['no value', [{ name: 'a' }]],
    ['a name with a space', [{ name: 'a b', value: 'c' }]],
    ['a name with a control', [{ name: 'a\r\n', value: 'c' }]],
    ['a value with a semicolon', [{ name: 'a', value: 'b; Path=/' }]],
    ['a value with CR and LF', [{ name: 'a', value: 'b\r\nX: y' }]],
    ['a value that is not ASCII', [{ name: 'a', value: 'ü' }]],
    ['a path with a semicolon', [{ name: 'a', value: 'b', path: '/;x' }]],
    ['a domain that is none', [{ name: 'a', value: 'b', domain: 'x y' }]],
    ['a domain that is a number', [{ name: 'a', value: 'b', domain: 5 }]],
    ['an expiry that is a string', [{ name: 'a', value: 'b', expires: 'tomorrow' }]],
    ['an expiry that is no date', [{ name: 'a', value: 'b', expires: new Date('never') }]],
    ['a negative age', [{ name: 'a', value: 'b', maxage: -1 }]],
    ['an age that is no number', [{ name: 'a', value: 'b', maxage: 'soon' }]],
    ['secure that is a string', [{ name: 'a', value: 'b', secure: 'yes' }]],
    ['httponly that is a number', [{ name: 'a', value: 'b', httponly: 1 }]],
    [
      'a name that comes twice',
      [
        { name: 'a', value: 'b' },
        { name: 'a', value: 'c' },
      ],
    ],
  ])('throw for %s, and the client is answered 500', async (_what, cookies) => {
    const { request, peer } = await ask();
    expect(() => request.accept(null, null, cookies as ICookie[])).toThrow(
      /^Cannot (set|serialize)/,
    );
    const head = await peer.readHead();
    expect(head.status).toBe(500);
    expect(head.headers.has('set-cookie')).toBe(false);
  });
});

describe('reject', () => {
  it('answers 403 unless told otherwise, and closes', async () => {
    const { request, peer } = await ask();
    const events: string[] = [];
    request.on('requestResolved', () => events.push('resolved'));
    request.on('requestRejected', (rejected) => events.push(`rejected ${rejected === request}`));
    request.reject();
    expect(events).toEqual(['resolved', 'rejected true']);
    const head = await peer.readHead();
    expect([head.status, headerOf(head, 'Connection')]).toEqual([403, 'close']);
    await peer.over();
  });

  it('takes a status, a reason and headers', async () => {
    const { request, peer } = await ask();
    request.reject(401, 'Who are you', { 'WWW-Authenticate': 'Basic', 'X-Number': 5 });
    const head = await peer.readHead();
    expect(head.status).toBe(401);
    expect(headerOf(head, 'X-WebSocket-Reject-Reason')).toBe('Who are you');
    expect(headerOf(head, 'WWW-Authenticate')).toBe('Basic');
    expect(headerOf(head, 'X-Number')).toBe('5');
  });

  it('keeps a reason in its line, whatever is in it', async () => {
    const { request, peer } = await ask();
    request.reject(400, 'bad\r\nSet-Cookie: a=b\0 €');
    const head = await peer.readHead();
    expect(headerOf(head, 'X-WebSocket-Reject-Reason')).toBe('badSet-Cookie: a=b ?');
    expect(head.headers.has('set-cookie')).toBe(false);
  });

  it('throws for a header that would break the response, before a byte is written', async () => {
    const { request, peer } = await ask();
    for (const headers of [{ 'X-Bad': 'a\r\nb' }, { 'X Bad': 'a' }, { 'Content-Length': '5' }]) {
      expect(() => request.reject(400, 'no', headers)).toThrow(/^Cannot/);
    }
    request.reject(400);
    expect((await peer.readHead()).status).toBe(400);
  });
});

describe('readHandshake', () => {
  it('reads a request that is taken from Node by hand', async () => {
    const http = httpServer();
    const port = await listen(http);
    const upgraded = nextUpgrade(http);
    const connecting = connect(`ws://127.0.0.1:${port}/by-hand`);
    const [message, , head] = await upgraded;
    const request = new WebSocketRequest(message.socket, message, {}, head);
    request.readHandshake();
    expect(request.resource).toBe('/by-hand');
    const near = request.accept();
    const far = await connecting;
    far.send('text');
    expect(await nextMessage(near)).toBe('text');
  });

  it('throws for a bad one, which reject then answers', async () => {
    const http = httpServer();
    const port = await listen(http);
    const upgraded = nextUpgrade(http);
    const peer = await RawPeer.upgrade(port, { headers: { 'Sec-WebSocket-Version': '7' } });
    const [message] = await upgraded;
    const request = new WebSocketRequest(message.socket, message, {});
    expect(() => request.readHandshake()).toThrow(/Sec-WebSocket-Version/);
    expect(() => request.accept()).toThrow(/its handshake is not read, or bad/);
    request.reject(426, 'Version 13 is needed', { 'Sec-WebSocket-Version': '13' });
    const head = await peer.readHead();
    expect([head.status, headerOf(head, 'Sec-WebSocket-Version')]).toEqual([426, '13']);
  });
});
