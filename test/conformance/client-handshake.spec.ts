import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, type ClientOptions } from 'nestwire/engine';
import { headerOf } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';
import {
  naiveAccept,
  type UpgradeHead,
} from '../../libs/engine/src/testing-fixtures/upgrade-head.js';
import { closeAll } from './support/cleanup.js';
import { Heard } from './support/heard.js';

afterEach(closeAll);

/** What a client makes of this response: its words up to the close, or to being open. */
async function outcome(
  response: UpgradeHead,
  options: ClientOptions & { protocols?: string[]; behind?: Buffer } = {},
): Promise<unknown[]> {
  const { protocols = [], behind, ...rest } = options;
  const server = await RawServer.listen();
  const ws = new WebSocket(server.url, protocols, rest);
  const heard = new Heard(ws, true);
  await server.accept(response, behind);
  await heard.atLeast(1);
  if (heard.words[0]![0] === 'open') {
    ws.terminate();
    return ['open'];
  }
  await heard.closed();
  return heard.words.map(([what, detail]) => (what === 'close' ? detail : `${what} ${detail}`));
}

const failed = (rule: string) => [`error WS_ERR_HANDSHAKE_${rule}`, 1006];
const OPEN = ['open'];
const extensions = (value: string) => ({ headers: { 'Sec-WebSocket-Extensions': value } });

/** The request a client sends, once it has sent it. */
async function requestOf(path: string, options: ClientOptions = {}, protocols: string[] = []) {
  const server = await RawServer.listen();
  const ws = new WebSocket(`${server.url}${path}`, protocols, options);
  ws.on('error', () => {});
  return { ...(await server.request()), ws, server };
}

describe('A. the address and the opening handshake of a client', () => {
  it('1. No fragment in the address; an escaped # is part of the path', async () => {
    expect(() => new WebSocket('ws://127.0.0.1/#fragment')).toThrow(SyntaxError);
    expect(() => new WebSocket('ws://127.0.0.1/#')).toThrow(SyntaxError);
    expect((await requestOf('/a%23b')).head.line).toBe('GET /a%23b HTTP/1.1');
  });

  it('2. Invalid addresses are refused', () => {
    for (const address of [
      '',
      '/path',
      'ws://',
      'ws://a:99999/',
      'ws://[::1/',
      'ftp://a/',
      'ws:// a/',
    ]) {
      expect(() => new WebSocket(address)).toThrow(SyntaxError);
    }
  });

  it('3. Deviation: connections to one server are opened in parallel', async () => {
    const server = await RawServer.listen();
    const clients = [1, 2, 3].map(() => new WebSocket(server.url));
    // All three requests arrive although none was answered.
    const requests = [await server.request(), await server.request(), await server.request()];
    expect(new Set(requests.map(({ key }) => key)).size).toBe(3);
    for (const ws of clients) {
      expect(ws.readyState).toBe(WebSocket.CONNECTING);
      ws.on('error', () => {});
      ws.terminate();
    }
  });

  it('4. A connection that cannot be made, or breaks, fails', async () => {
    const gone = await RawServer.listen();
    const { url } = gone;
    await gone.close();
    const refused = new Heard(new WebSocket(url));
    expect(await refused.closed()).toEqual(['close', 1006, '']);
    expect(refused.words[0]).toEqual(['error', 'ECONNREFUSED']);
    const server = await RawServer.listen();
    const broken = new Heard(new WebSocket(server.url));
    (await server.request()).peer.reset();
    expect(await broken.closed()).toEqual(['close', 1006, '']);
    const proxied = new WebSocket('ws://nowhere.invalid/', {
      createConnection: () => {
        const socket = connect(server.port, '127.0.0.1');
        setImmediate(() => socket.destroy(new Error('The proxy said no')));
        return socket;
      },
    });
    const heard = new Heard(proxied);
    expect(await heard.closed()).toEqual(['close', 1006, '']);
    expect(heard.of('error')).toHaveLength(1);
  });

  it('5. wss: the TLS handshake comes first, names the server, and has to be trusted', async () => {
    const names: (string | false | null)[] = [];
    const server = createTlsServer(TEST_CERTIFICATE);
    const sockets: TLSSocket[] = [];
    server.on('secureConnection', (socket) => {
      names.push(socket.servername);
      sockets.push(socket);
      socket.on('error', () => {});
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const lookup = {
      lookup: (
        _host: string,
        options: { all?: boolean },
        callback: (...args: unknown[]) => void,
      ) =>
        options.all
          ? callback(null, [{ address: '127.0.0.1', family: 4 }])
          : callback(null, '127.0.0.1', 4),
    } as ClientOptions;
    const untrusted = new Heard(new WebSocket(`wss://localhost:${port}`, lookup));
    expect(await untrusted.closed()).toEqual(['close', 1006, '']);
    expect(untrusted.words[0]).toEqual(['error', 'DEPTH_ZERO_SELF_SIGNED_CERT']);
    expect(sockets.every((socket) => socket.bytesRead === 0)).toBe(true);
    names.length = 0;
    const ws = new WebSocket(`wss://localhost:${port}`, { ...lookup, ca: TEST_CERTIFICATE.cert });
    ws.on('error', () => {});
    const [trusted] = (await once(server, 'secureConnection')) as [TLSSocket];
    const [data] = (await once(trusted, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
    expect(names).toEqual(['localhost']);
    ws.terminate();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('6. The method is GET and the version HTTP/1.1', async () => {
    expect((await requestOf('/')).head.line).toBe('GET / HTTP/1.1');
  });

  it('7. The request target is the resource name, query included', async () => {
    for (const path of ['/', '/chat?a=1&b=%20', '/%C3%A4/b?c?d']) {
      expect((await requestOf(path)).head.line).toBe(`GET ${path} HTTP/1.1`);
    }
    expect((await requestOf('')).head.line).toBe('GET / HTTP/1.1');
  });

  it('8. Host names the host, and the port unless it is the default', async () => {
    const { head, server } = await requestOf('/');
    expect(headerOf(head, 'Host')).toBe(`127.0.0.1:${server.port}`);
    const through = { createConnection: () => connect(server.port, '127.0.0.1') };
    for (const [address, host] of [
      ['ws://example.test/', 'example.test'],
      ['ws://example.test:80/', 'example.test'],
      ['ws://example.test:8080/', 'example.test:8080'],
      ['ws://[::1]:443/', '[::1]:443'],
    ] as const) {
      const ws = new WebSocket(address, through);
      ws.on('error', () => {});
      expect(headerOf((await server.request()).head, 'Host')).toBe(host);
      ws.terminate();
    }
  });

  it('9. Upgrade is websocket and Connection is Upgrade', async () => {
    const { head } = await requestOf('/', { headers: { Upgrade: 'h2c', connection: 'close' } });
    expect(headerOf(head, 'Upgrade')).toBe('websocket');
    expect(headerOf(head, 'Connection')).toBe('Upgrade');
  });

  it('10. The key is 16 random bytes, fresh for each connection', async () => {
    const keys = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const { key, ws } = await requestOf('/');
      expect(Buffer.from(key, 'base64')).toHaveLength(16);
      expect(Buffer.from(key, 'base64').toString('base64')).toBe(key);
      keys.add(key);
      ws.terminate();
    }
    expect(keys.size).toBe(20);
  });

  it('11. The version is 13; 8 has to be asked for', async () => {
    expect(headerOf((await requestOf('/')).head, 'Sec-WebSocket-Version')).toBe('13');
    const old = await requestOf('/', { protocolVersion: 8 });
    expect(headerOf(old.head, 'Sec-WebSocket-Version')).toBe('8');
    expect(() => new WebSocket('ws://127.0.0.1/', { protocolVersion: 1000 })).toThrow(RangeError);
  });

  it('12. Subprotocols are tokens, each once', async () => {
    expect(headerOf((await requestOf('/', {}, ['b', 'a'])).head, 'Sec-WebSocket-Protocol')).toBe(
      'b, a',
    );
    expect(headerOf((await requestOf('/')).head, 'Sec-WebSocket-Protocol')).toBeUndefined();
    for (const wrong of [[''], ['a', 'a'], ['a b'], ['a,b'], ['a\r\nX: y'], ['ä'], ['a', '']]) {
      expect(() => new WebSocket('ws://127.0.0.1/', wrong)).toThrow(SyntaxError);
    }
  });

  it('13. Nothing is sent before the response', async () => {
    const { peer, ws, key } = await requestOf('/');
    expect(() => ws.send('early')).toThrow('CONNECTING');
    expect(() => ws.ping()).toThrow('CONNECTING');
    for (let round = 0; round < 5; round++) await turn();
    expect(peer.bytes).toHaveLength(0);
    peer.write(
      `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${naiveAccept(key)}\r\n\r\n`,
    );
    await once(ws, 'open');
    ws.send('now');
    expect(await peer.said()).toEqual([1, 'now']);
  });

  it('14. Any status but 101 is HTTP, never WebSocket', async () => {
    for (const status of [
      '200 OK',
      '204 No Content',
      '301 Moved',
      '401 No',
      '404 Not Found',
      '503 Busy',
    ]) {
      const behind = Buffer.from([0x81, 0x02, 0x68, 0x69]);
      const line = `HTTP/1.1 ${status}`;
      expect(await outcome({ line, headers: { 'Content-Length': '4' } }, { behind })).toEqual(
        failed('STATUS'),
      );
    }
  });

  it('15. Upgrade has to be websocket, in any case', async () => {
    expect(await outcome({ headers: { Upgrade: 'WebSocket' } })).toEqual(OPEN);
    for (const value of [null, 'h2c', 'websocket2', 'web socket', '', ['websocket', 'websocket']]) {
      expect(await outcome({ headers: { Upgrade: value } })).toEqual(failed('UPGRADE'));
    }
  });

  it('16. Connection has to have the token Upgrade, in any case', async () => {
    for (const value of ['upgrade', 'UPGRADE', 'keep-alive, Upgrade']) {
      expect(await outcome({ headers: { Connection: value } })).toEqual(OPEN);
    }
    for (const value of [null, 'keep-alive', 'Upgraded', 'not-upgrade']) {
      expect((await outcome({ headers: { Connection: value } })).at(-1)).toBe(1006);
    }
  });

  it('17. Sec-WebSocket-Accept has to be right; only white space around it does not count', async () => {
    const server = await RawServer.listen();
    const ws = new WebSocket(server.url);
    const request = await server.request();
    request.peer.write(
      `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \t ${naiveAccept(request.key)} \t\r\n\r\n`,
    );
    await once(ws, 'open');
    ws.terminate();
    for (const value of [null, '', 'x', naiveAccept('another key'), naiveAccept(request.key)]) {
      const headers = { 'Sec-WebSocket-Accept': value };
      expect(await outcome({ headers })).toEqual(failed('ACCEPT'));
    }
    const other = new WebSocket(server.url);
    const heard = new Heard(other);
    const { peer, key } = await server.request();
    peer.write(
      `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${naiveAccept(key).toLowerCase()}\r\n\r\n`,
    );
    expect(await heard.closed()).toEqual(['close', 1006, '']);
  });

  it('18. Sec-WebSocket-Accept has to come once', async () => {
    const server = await RawServer.listen();
    const heard = new Heard(new WebSocket(server.url));
    const { peer, key } = await server.request();
    const line = `Sec-WebSocket-Accept: ${naiveAccept(key)}\r\n`;
    peer.write(
      `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${line}${line}\r\n`,
    );
    await heard.closed();
    expect(heard.words[0]).toEqual(['error', 'WS_ERR_HANDSHAKE_ACCEPT']);
  });

  it('19. An extension that was not requested fails', async () => {
    expect(await outcome(extensions('foo'))).toEqual(failed('EXTENSIONS'));
    expect(await outcome(extensions('permessage-deflate, foo'))).toEqual(failed('EXTENSIONS'));
    const off = { perMessageDeflate: false };
    expect(await outcome(extensions('permessage-deflate'), off)).toEqual(failed('EXTENSIONS'));
    expect(await outcome(extensions('permessage-deflate'))).toEqual(OPEN);
  });

  it('20. A subprotocol that was not requested fails', async () => {
    const response = { headers: { 'Sec-WebSocket-Protocol': 'a' } };
    expect(await outcome(response)).toEqual(failed('PROTOCOL'));
    expect(await outcome(response, { protocols: ['b'] })).toEqual(failed('PROTOCOL'));
    expect(await outcome(response, { protocols: ['A'] })).toEqual(failed('PROTOCOL'));
    expect(await outcome(response, { protocols: ['b', 'a'] })).toEqual(OPEN);
  });

  it('21. The response has one subprotocol, once', async () => {
    for (const value of [['a', 'a'], ['a', 'b'], 'a, b', 'a,']) {
      const response = { headers: { 'Sec-WebSocket-Protocol': value } };
      expect(await outcome(response, { protocols: ['a', 'b'] })).toEqual(failed('PROTOCOL'));
    }
  });

  it('22. Deviation: no answer to offered subprotocols fails, as WHATWG has it, unless told otherwise', async () => {
    expect(await outcome({}, { protocols: ['a'] })).toEqual(failed('PROTOCOL'));
    expect(await outcome({}, { protocols: ['a'], requireProtocol: false })).toEqual(OPEN);
  });

  it('23. A 101 of HTTP/1.0 fails', async () => {
    expect((await outcome({ line: 'HTTP/1.0 101 Switching Protocols' })).at(-1)).toBe(1006);
  });

  it('24. The handshake has a time limit and a limit on headers', async () => {
    const server = await RawServer.listen();
    const silent = new Heard(new WebSocket(server.url, { handshakeTimeout: 40 }));
    const { peer } = await server.request();
    await silent.closed();
    expect(silent.words[0]).toEqual(['error', 'WS_ERR_HANDSHAKE_TIMEOUT']);
    await peer.over();
    const slow = new Heard(new WebSocket(server.url, { handshakeTimeout: 60 }));
    const second = await server.request();
    // A byte now and then does not put the deadline off.
    const dripping = setInterval(() => second.peer.write('H'), 10);
    await slow.closed();
    clearInterval(dripping);
    const large = await outcome({ headers: { 'X-Large': 'x'.repeat(17 * 1024) } });
    expect(large).toEqual(['error HPE_HEADER_OVERFLOW', 1006]);
  });
});
