import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UpgradeRequest, WebSocket, WebSocketServer } from 'nestwire/engine';
import {
  httpServer,
  httpsServer,
  listen,
  nextUpgrade,
} from '../../libs/engine/src/testing-fixtures/http-servers.js';
import {
  RawPeer,
  headerOf,
  type RawHead,
} from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { RecordingListener } from '../../libs/engine/src/testing-fixtures/recording-listener.js';
import {
  SAMPLE_ACCEPT,
  SAMPLE_KEY,
  upgradeHead,
  type UpgradeHead,
} from '../../libs/engine/src/testing-fixtures/upgrade-head.js';
import { serve } from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { closeAll } from './support/cleanup.js';

let port = 0;
let connections = 0;

beforeAll(async () => {
  const served = await serve({
    perMessageDeflate: { serverNoContextTakeover: false, clientNoContextTakeover: false },
    path: '/',
    allowedOrigins: ['https://good.example'],
    handleProtocols: (protocols) => (protocols.has('b') ? 'b' : false),
  });
  ({ port } = served);
  served.server.on('connection', () => connections++);
});

afterAll(closeAll);

const GOOD = { Origin: 'https://good.example' };

/** The answer to a handshake that is right but for this. */
async function answer({ line, headers }: UpgradeHead): Promise<RawHead & { body: string }> {
  const before = connections;
  const peer = await RawPeer.upgrade(port, {
    ...(line !== undefined && { line }),
    headers: { ...GOOD, ...headers },
  });
  const head = await peer.readHead();
  if (head.status === 101) {
    await peer.destroy();
    return { ...head, body: '' };
  }
  // Refused: the connection ends, and no connection was handed out.
  const body = (await peer.readToEnd()).toString();
  expect(headerOf(head, 'Connection')).toMatch(/^close/);
  expect(connections).toBe(before);
  await peer.destroy();
  return { ...head, body };
}

async function statusOf(head: UpgradeHead): Promise<number> {
  return (await answer(head)).status;
}

const withHeader = (name: string, value: string | string[] | null) =>
  statusOf({ headers: { [name]: value } });

async function protocolFor(offered: string | null): Promise<string | undefined> {
  const head = await answer({ headers: { 'Sec-WebSocket-Protocol': offered } });
  return headerOf(head, 'Sec-WebSocket-Protocol');
}

const offer = (bits: string) => ({
  headers: { 'Sec-WebSocket-Extensions': `permessage-deflate; server_max_window_bits=${bits}` },
});

describe('B. a server reads the opening handshake', () => {
  it('25. The method has to be GET', async () => {
    expect(await statusOf({})).toBe(101);
    for (const method of ['POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH']) {
      const head = await answer({ line: `${method} / HTTP/1.1` });
      expect([head.status, headerOf(head, 'Allow')]).toEqual([405, 'GET']);
    }
  });

  it('26. The HTTP version has to be 1.1 at least', async () => {
    expect(await statusOf({ line: 'GET / HTTP/1.0' })).toBe(400);
    expect(await statusOf({ line: 'GET / HTTP/0.9' })).toBe(400);
  });

  it('27. Host has to be there', async () => {
    expect(await withHeader('Host', null)).toBe(400);
    expect(await withHeader('Host', '')).toBe(400);
  });

  it('28. Host has to come once and be an authority', async () => {
    for (const host of [['a', 'a'], ['a', 'b'], 'a, b', 'a b', 'a/b', 'user@a', 'a:b', 'a:1:2']) {
      expect(await withHeader('Host', host)).toBe(400);
    }
    for (const host of ['a', 'a.example:8080', '127.0.0.1:1', '[::1]:80']) {
      expect(await withHeader('Host', host)).toBe(101);
    }
  });

  it('29. Upgrade has to contain websocket, in any case, alone or in a list', async () => {
    for (const value of ['WebSocket', 'foo, websocket', 'websocket,h2c', ['foo', 'websocket']]) {
      expect(await withHeader('Upgrade', value)).toBe(101);
    }
    for (const value of ['h2c', 'websocket2', 'web socket', 'foo websocket', 'websocket/13']) {
      expect(await withHeader('Upgrade', value)).toBe(400);
    }
  });

  it('30. Connection has to contain the token Upgrade; else it is plain HTTP', async () => {
    for (const value of ['upgrade', 'keep-alive, Upgrade', 'UPGRADE', ['keep-alive', 'Upgrade']]) {
      expect(await withHeader('Connection', value)).toBe(101);
    }
    for (const value of ['keep-alive', null, 'Upgraded', 'not-upgrade']) {
      expect(await withHeader('Connection', value)).toBe(426);
    }
  });

  it('31. The key has to be the base64 of 16 bytes', async () => {
    const long = Buffer.alloc(17).toString('base64');
    const short = Buffer.alloc(15).toString('base64');
    const wrong = [
      null,
      '',
      'x',
      long,
      short,
      SAMPLE_KEY.slice(0, -2),
      `${SAMPLE_KEY}=`,
      `=${SAMPLE_KEY}`,
    ];
    // Not canonical: bits of the last character that carry no data are set.
    for (const key of [...wrong, 'dGhlIHNhbXBsZSBub25jZR==', SAMPLE_KEY.replace('I', '-')]) {
      expect(await withHeader('Sec-WebSocket-Key', key)).toBe(400);
    }
    expect(await withHeader('Sec-WebSocket-Key', Buffer.alloc(16).toString('base64'))).toBe(101);
  });

  it('32. The key has to come once', async () => {
    expect(await withHeader('Sec-WebSocket-Key', [SAMPLE_KEY, SAMPLE_KEY])).toBe(400);
    expect(await withHeader('Sec-WebSocket-Key', `${SAMPLE_KEY}, ${SAMPLE_KEY}`)).toBe(400);
  });

  it('33. The version has to be 13, or under the API of ws 8, framed alike', async () => {
    for (const version of [
      null,
      '',
      '7',
      '0',
      '12',
      '14',
      '013',
      '13.0',
      '1e1',
      '+13',
      'thirteen',
    ]) {
      expect(await withHeader('Sec-WebSocket-Version', version)).toBe(426);
    }
    expect(await withHeader('Sec-WebSocket-Version', '13')).toBe(101);
    expect(await withHeader('Sec-WebSocket-Version', '8')).toBe(101);
  });

  it('34. The version has to come once', async () => {
    expect(await withHeader('Sec-WebSocket-Version', ['13', '13'])).toBe(426);
    expect(await withHeader('Sec-WebSocket-Version', '13, 8')).toBe(426);
  });

  it('35. Another version is answered 426 with the versions spoken', async () => {
    const head = await answer({ headers: { 'Sec-WebSocket-Version': '25' } });
    expect(head.status).toBe(426);
    expect(headerOf(head, 'Sec-WebSocket-Version')).toBe('13, 8');
    expect(headerOf(head, 'Upgrade')).toBe('websocket');
  });

  it('36. Subprotocols have to be a list of tokens, each once', async () => {
    for (const value of ['', ',', 'a b', 'a;b', '"a"', 'a, a', 'a,,a', 'ä', ['a', 'a'], 'a@b']) {
      expect(await withHeader('Sec-WebSocket-Protocol', value)).toBe(400);
    }
    for (const value of ['a', 'a, b', 'a,,b', ['a', 'b'], ' a ,\tb', 'a, A', "!#$%&'*+-.^_`|~"]) {
      expect(await withHeader('Sec-WebSocket-Protocol', value)).toBe(101);
    }
  });

  it('37. Extensions have to be in their grammar', async () => {
    for (const value of [
      '',
      ',',
      ';',
      'a;',
      'a;b=',
      'a;=1',
      'a b',
      'a;b c',
      'a;b="',
      'a;b=""',
      'a=1',
      '"a"',
      'a;b="c d"',
    ]) {
      expect(await withHeader('Sec-WebSocket-Extensions', value)).toBe(400);
    }
    for (const value of ['a', 'a;b', 'a ; b = 1 , c', 'a,,b', 'a;b="c"', ['a', 'b;c=1']]) {
      expect(await withHeader('Sec-WebSocket-Extensions', value)).toBe(101);
    }
  });

  it('38. A service that is not there is answered 404', async () => {
    for (const path of ['/other', '//', '/%2F', '/.']) {
      expect(await statusOf({ line: `GET ${path} HTTP/1.1` })).toBe(404);
    }
    expect(await statusOf({ line: 'GET /?query HTTP/1.1' })).toBe(101);
  });

  it('39. An origin that is not let in is answered 403', async () => {
    for (const origin of [
      'https://evil.example',
      'http://good.example',
      'null',
      'https://good.example.evil',
    ]) {
      const head = await answer({ headers: { Origin: origin } });
      expect([head.status, headerOf(head, 'Sec-WebSocket-Accept')]).toEqual([403, undefined]);
    }
    expect(await withHeader('Origin', 'https://good.example:443')).toBe(101);
  });

  it('40. On a TLS port the TLS handshake comes first', async () => {
    const https = httpsServer();
    https.on('tlsClientError', () => {});
    const server = new WebSocketServer({ server: https });
    const tlsPort = await listen(https);
    const plain = await RawPeer.upgrade(tlsPort);
    expect((await plain.readToEnd()).toString('latin1')).not.toContain('101');
    expect(server.clients.size).toBe(0);
    const secure = await RawPeer.connect(tlsPort, { tls: true });
    secure.write(upgradeHead());
    expect((await secure.readHead()).status).toBe(101);
  });
});

describe("C. the server's response", () => {
  it('41. It is 101 with Upgrade, Connection and the right Accept', async () => {
    const head = await answer({});
    expect(head.line).toMatch(/^HTTP\/1\.1 101 /);
    expect(headerOf(head, 'Upgrade')).toBe('websocket');
    expect(headerOf(head, 'Connection')).toBe('Upgrade');
    expect(headerOf(head, 'Sec-WebSocket-Accept')).toBe(SAMPLE_ACCEPT);
  });

  it('42. The subprotocol is one of the offered, or there is none', async () => {
    expect(await protocolFor('a, b')).toBe('b');
    expect(await protocolFor('a')).toBeUndefined();
    expect(await protocolFor(null)).toBeUndefined();
    const { port: careless } = await serve({ handleProtocols: () => 'never offered' });
    const peer = await RawPeer.upgrade(careless, { headers: { 'Sec-WebSocket-Protocol': 'a' } });
    expect((await peer.readHead()).status).toBe(500);
  });

  it('43. No extension that was not requested', async () => {
    for (const offered of [null, 'foo', 'x-webkit-deflate-frame; a=1']) {
      const head = await answer({ headers: { 'Sec-WebSocket-Extensions': offered } });
      expect([head.status, headerOf(head, 'Sec-WebSocket-Extensions')]).toEqual([101, undefined]);
    }
  });

  it('44. Sec-WebSocket-Extensions comes once at most', async () => {
    for (const offered of [
      ['permessage-deflate', 'permessage-deflate'],
      'permessage-deflate, permessage-deflate; client_max_window_bits',
    ]) {
      const head = await answer({ headers: { 'Sec-WebSocket-Extensions': offered } });
      expect(head.headers.get('sec-websocket-extensions')).toEqual(['permessage-deflate']);
    }
  });

  it('45. No CR, LF or NUL reaches the response through what the application gives', async () => {
    for (const bad of ['a\r\nX-Injected: 1', 'a\nb', 'a\rb', 'a\0b', 'ſ']) {
      const server = httpServer();
      const arriving = nextUpgrade(server);
      const peer = await RawPeer.upgrade(await listen(server), {
        headers: { 'Sec-WebSocket-Protocol': 'a' },
      });
      const upgrade = UpgradeRequest.read(...(await arriving))!;
      const listener = new RecordingListener();
      expect(() => upgrade.accept({ listener, protocol: bad })).toThrow();
      expect(() => upgrade.accept({ listener, headers: { 'X-Own': bad } })).toThrow();
      expect(() => upgrade.accept({ listener, headers: { [bad]: 'x' } })).toThrow();
      expect(() => upgrade.reject(403, { headers: { 'Set-Cookie': bad } })).toThrow();
      expect(peer.bytes).toHaveLength(0);
      upgrade.accept({ listener, protocol: 'a' });
      expect((await peer.readHead()).headers.has('x-injected')).toBe(false);
    }
  });

  it('46. A quoted value has to be a token once unescaped, at both ends', async () => {
    for (const quoted of ['"10"', '"1\\0"', '"\\1\\0"']) {
      const head = await answer(offer(quoted));
      expect(headerOf(head, 'Sec-WebSocket-Extensions')).toBe(
        'permessage-deflate; server_max_window_bits=10',
      );
    }
    for (const quoted of ['"1 0"', '"10', '"1"0', '"10\\"', '""', '"(10)"']) {
      expect(await statusOf(offer(quoted))).toBe(400);
    }
    for (const [quoted, opens] of [
      ['"10"', true],
      ['"1\\0"', true],
      ['"1 0"', false],
      ['"10', false],
    ] as const) {
      const raw = await RawServer.listen();
      const ws = new WebSocket(raw.url);
      const ended = new Promise<string>((resolve) => {
        ws.on('open', () => resolve('open'));
        ws.on('error', () => resolve('error'));
      });
      await raw.accept(offer(quoted));
      expect(await ended).toBe(opens ? 'open' : 'error');
      ws.terminate();
    }
  });
});
