import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HandshakeError } from '../protocol/errors.js';
import {
  readServerHandshake,
  type HandshakeHead,
  type ServerHandshake,
} from './server-handshake.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const GOOD: Record<string, string | string[]> = {
  Host: 'example.com',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': KEY,
  'Sec-WebSocket-Version': '13',
};

/**
 * A request as Node parses it: an array is a header on several lines, of which Node keeps the first
 * Host and joins the others. `undefined` takes a header of `GOOD` away.
 */
function request(
  change: Record<string, string | string[] | undefined> = {},
  line: Partial<HandshakeHead> = {},
): HandshakeHead {
  const rawHeaders: string[] = [];
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...GOOD, ...change })) {
    if (value === undefined) continue;
    const lines = Array.isArray(value) ? value : [value];
    for (const each of lines) rawHeaders.push(name, each);
    headers[name.toLowerCase()] = name === 'Host' ? lines[0]! : lines.join(', ');
  }
  return {
    method: 'GET',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    url: '/chat?room=1',
    headers,
    rawHeaders,
    ...line,
  };
}

function accepted(head: HandshakeHead, versions?: number[]): ServerHandshake {
  const result = readServerHandshake(head, versions ? { versions } : {});
  if (result instanceof HandshakeError) throw result;
  return result;
}

function refused(head: HandshakeHead, versions?: number[]): HandshakeError {
  const result = readServerHandshake(head, versions ? { versions } : {});
  expect(result).toBeInstanceOf(HandshakeError);
  return result as HandshakeError;
}

/** As fakes are: no `rawHeaders`, no version of HTTP in numbers, values of any type. */
function made(headers: Record<string, unknown>): HandshakeHead {
  return {
    method: 'GET',
    url: '/',
    headers: {
      upgrade: 'websocket',
      connection: 'upgrade',
      'sec-websocket-key': KEY,
      'sec-websocket-version': 13,
      ...headers,
    },
  } as unknown as HandshakeHead;
}

describe('readServerHandshake', () => {
  it('reads the least a handshake needs', () => {
    expect(readServerHandshake(request())).toEqual({
      key: KEY,
      version: 13,
      protocols: [],
      extensions: [],
      origin: undefined,
      path: '/chat',
      query: 'room=1',
    });
  });

  it('reads everything a browser sends', () => {
    const head = request({
      Origin: 'https://example.com',
      Connection: 'keep-alive, Upgrade',
      'Sec-WebSocket-Protocol': 'v2.chat, v1.chat',
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    });
    expect(accepted(head)).toMatchObject({
      origin: 'https://example.com',
      protocols: ['v2.chat', 'v1.chat'],
      extensions: [{ name: 'permessage-deflate', params: [['client_max_window_bits', true]] }],
    });
  });

  describe('method', () => {
    it.each(['POST', 'HEAD', 'CONNECT', 'get', undefined])('refuses %s with 405', (method) => {
      expect(refused(request({}, { method }))).toMatchObject({
        message: 'Invalid HTTP method',
        code: 'WS_ERR_HANDSHAKE_METHOD',
        status: 405,
        headers: { Allow: 'GET' },
      });
    });
  });

  describe('HTTP version', () => {
    it.each([
      [0, 9],
      [1, 0],
    ])('refuses %d.%d', (httpVersionMajor, httpVersionMinor) => {
      expect(refused(request({}, { httpVersionMajor, httpVersionMinor }))).toMatchObject({
        code: 'WS_ERR_HANDSHAKE_HTTP_VERSION',
        status: 400,
      });
    });

    it.each([
      [1, 1],
      [2, 0],
    ])('takes %d.%d', (httpVersionMajor, httpVersionMinor) => {
      accepted(request({}, { httpVersionMajor, httpVersionMinor }));
    });
  });

  describe('target', () => {
    it('takes the path of an absolute URI', () => {
      const url = 'http://example.com/chat?a=1';
      expect(accepted(request({}, { url }))).toMatchObject({ path: '/chat', query: 'a=1' });
    });

    it.each(['', '*', '/a#b', 'example.com:80', undefined])('refuses %s', (url) => {
      expect(refused(request({}, { url }))).toMatchObject({
        code: 'WS_ERR_HANDSHAKE_TARGET',
        status: 400,
      });
    });
  });

  describe('Host', () => {
    it.each(['example.com', 'example.com:8080', '127.0.0.1:80', '[::1]:80', 'my_host', 'a:'])(
      'takes %s',
      (Host) => {
        accepted(request({ Host }));
      },
    );

    it.each([
      [undefined],
      [''],
      [['example.com', 'example.com']],
      [['example.com', 'evil.example']],
      ['example.com, evil.example'],
      ['user@example.com'],
      ['example.com/path'],
      ['exa mple.com'],
      ['example.com:port'],
      ['ex\u00e4mple.com'],
    ])('refuses %j', (Host) => {
      expect(refused(request({ Host }))).toMatchObject({
        code: 'WS_ERR_HANDSHAKE_HOST',
        status: 400,
      });
    });
  });

  describe('a request that a program has made', () => {
    it('needs no Host, and may have numbers and lists as values', () => {
      const lists = {
        connection: ['keep-alive', 'upgrade'],
        'sec-websocket-protocol': ['a', 'b'],
        'content-length': 0,
        origin: undefined,
      };
      expect(accepted(made(lists))).toMatchObject({ version: 13, protocols: ['a', 'b'] });
    });

    it.each([undefined, null])('has no version of HTTP that is checked: %s', (version) => {
      const line = { httpVersionMajor: version, httpVersionMinor: version } as object;
      accepted({ ...made({}), ...line });
      // What Node has parsed has one.
      expect(refused(request({}, { httpVersionMajor: null as never })).code).toBe(
        'WS_ERR_HANDSHAKE_HTTP_VERSION',
      );
    });

    it.each([
      ['HOST', { host: '' }],
      ['HOST', { host: ['a', 'b'] }],
      ['VERSION', { 'sec-websocket-version': 12 }],
      ['UPGRADE', { upgrade: null }],
      ['UPGRADE', { upgrade: {} }],
      ['KEY', { 'sec-websocket-key': 1 }],
      ['ORIGIN', { origin: ['https://a.example', 'https://b.example'] }],
      ['BODY', { 'content-length': 5 }],
      ['PROTOCOL', { 'sec-websocket-protocol': [] }],
    ])('is refused for a wrong %s: %j', (rule, headers) => {
      expect(refused(made(headers)).code).toBe(`WS_ERR_HANDSHAKE_${rule}`);
    });
  });

  describe('Upgrade and Connection', () => {
    it.each(['WebSocket', 'foo, websocket', 'h2c,WEBSOCKET'])('takes the upgrade %s', (Upgrade) => {
      accepted(request({ Upgrade }));
    });

    it.each([undefined, '', 'h2c', 'websockets', 'websocket/13'])(
      'refuses the upgrade %s',
      (Upgrade) => {
        expect(refused(request({ Upgrade }))).toMatchObject({
          message: 'Invalid Upgrade header',
          code: 'WS_ERR_HANDSHAKE_UPGRADE',
          status: 400,
        });
      },
    );

    it.each(['upgrade', 'keep-alive, Upgrade'])('takes the connection %s', (Connection) => {
      accepted(request({ Connection }));
    });

    it.each([undefined, '', 'keep-alive', 'Upgrades'])(
      'refuses the connection %s',
      (Connection) => {
        expect(refused(request({ Connection }))).toMatchObject({
          code: 'WS_ERR_HANDSHAKE_CONNECTION',
          status: 400,
        });
      },
    );
  });

  describe('Sec-WebSocket-Key', () => {
    it('takes every 16 bytes in base64', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
          const key = Buffer.from(bytes).toString('base64');
          expect(accepted(request({ 'Sec-WebSocket-Key': key })).key).toBe(key);
        }),
      );
    });

    it.each([
      [undefined],
      [''],
      [Buffer.alloc(15).toString('base64')],
      [Buffer.alloc(17).toString('base64')],
      ['dGhlIHNhbXBsZSBub25jZQ'],
      ['dGhlIHNhbXBsZSBub25jZQ='],
      ['dGhlIHNhbXBsZSBub25jZR=='],
      ['dGhlIHNhbXBsZSBub25jZ-=='],
      [`${KEY}\n`],
      [[KEY, KEY]],
      [['', KEY]],
    ])('refuses %j', (key) => {
      expect(refused(request({ 'Sec-WebSocket-Key': key }))).toMatchObject({
        message: 'Missing or invalid Sec-WebSocket-Key header',
        code: 'WS_ERR_HANDSHAKE_KEY',
        status: 400,
      });
    });
  });

  describe('Sec-WebSocket-Version', () => {
    it.each([[undefined], [''], ['8'], ['0'], ['14'], ['013'], ['13 '], ['13, 8'], [['13', '13']]])(
      'refuses %j with 426 and the version spoken',
      (version) => {
        expect(refused(request({ 'Sec-WebSocket-Version': version }))).toMatchObject({
          message: 'Missing or invalid Sec-WebSocket-Version header',
          code: 'WS_ERR_HANDSHAKE_VERSION',
          status: 426,
          headers: { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket' },
        });
      },
    );

    it('speaks 8 once it is opted in, with the origin in its own header', () => {
      const head = request({
        'Sec-WebSocket-Version': '8',
        'Sec-WebSocket-Origin': 'https://example.com',
        Origin: 'https://other.example',
      });
      expect(accepted(head, [13, 8])).toMatchObject({ version: 8, origin: 'https://example.com' });
    });

    it('reads Origin alone in 13', () => {
      const head = request({ 'Sec-WebSocket-Origin': 'https://example.com' });
      expect(accepted(head, [13, 8])).toMatchObject({ version: 13, origin: undefined });
    });

    it('lists all versions spoken', () => {
      const error = refused(request({ 'Sec-WebSocket-Version': '7' }), [13, 8]);
      expect(error.headers['Sec-WebSocket-Version']).toBe('13, 8');
    });
  });

  describe('Origin', () => {
    it('hands on an opaque origin as it is', () => {
      expect(accepted(request({ Origin: 'null' })).origin).toBe('null');
    });

    it('refuses two of them', () => {
      const head = request({ Origin: ['https://example.com', 'https://evil.example'] });
      expect(refused(head)).toMatchObject({ code: 'WS_ERR_HANDSHAKE_ORIGIN', status: 400 });
    });
  });

  describe('body', () => {
    it.each(['0', '00'])('takes a Content-Length of %s', (length) => {
      accepted(request({ 'Content-Length': length }));
    });

    it.each([
      { 'Content-Length': '1' },
      { 'Content-Length': '10' },
      { 'Content-Length': '' },
      { 'Content-Length': '-0' },
      { 'Transfer-Encoding': 'chunked' },
      { 'Transfer-Encoding': '' },
    ])('refuses %j', (headers) => {
      expect(refused(request(headers))).toMatchObject({
        code: 'WS_ERR_HANDSHAKE_BODY',
        status: 400,
      });
    });
  });

  describe('Sec-WebSocket-Protocol and Sec-WebSocket-Extensions', () => {
    it('joins what comes on several lines', () => {
      const head = request({
        'Sec-WebSocket-Protocol': ['a', 'b'],
        'Sec-WebSocket-Extensions': ['x', 'y; z'],
      });
      expect(accepted(head)).toMatchObject({
        protocols: ['a', 'b'],
        extensions: [{ name: 'x' }, { name: 'y', params: [['z', true]] }],
      });
    });

    it.each(['', 'a b', 'a, a', 'foo;bar'])('refuses the subprotocols %j', (header) => {
      expect(refused(request({ 'Sec-WebSocket-Protocol': header }))).toMatchObject({
        message: 'Invalid Sec-WebSocket-Protocol header',
        code: 'WS_ERR_HANDSHAKE_PROTOCOL',
        status: 400,
      });
    });

    it.each(['', 'foo;', 'foo; bar="', 'foo bar'])('refuses the extensions %j', (header) => {
      expect(refused(request({ 'Sec-WebSocket-Extensions': header }))).toMatchObject({
        message: 'Invalid or unacceptable Sec-WebSocket-Extensions header',
        code: 'WS_ERR_HANDSHAKE_EXTENSIONS',
        status: 400,
      });
    });
  });

  it('returns a handshake or an error for anything, and never throws', () => {
    const value = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
    const names = [...Object.keys(GOOD), 'Origin', 'Sec-WebSocket-Protocol', 'Content-Length'];
    const change = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 });
    fc.assert(
      fc.property(change, fc.webPath(), (headers, url) => {
        const result = readServerHandshake(request(headers, { url }));
        if (result instanceof HandshakeError) expect(result.status).toBeGreaterThanOrEqual(400);
        else expect(result.key).toHaveLength(24);
      }),
    );
  });
});
