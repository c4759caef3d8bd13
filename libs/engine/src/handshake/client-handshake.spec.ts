import { describe, expect, it } from '@jest/globals';
import { HandshakeError, UsageError } from '../protocol/errors.js';
import {
  clientHandshakeHeaders,
  createKey,
  type ClientHandshakeOptions,
} from './client-handshake.js';
import { readServerHandshake } from './server-handshake.js';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';

describe('createKey', () => {
  it('is 16 bytes in base64, another time others', () => {
    const keys = Array.from({ length: 100 }, createKey);
    for (const each of keys) {
      expect(Buffer.from(each, 'base64')).toHaveLength(16);
      expect(each).toHaveLength(24);
    }
    expect(new Set(keys).size).toBe(100);
  });
});

describe('clientHandshakeHeaders', () => {
  it('writes the least a handshake needs', () => {
    expect({ ...clientHandshakeHeaders({ key }) }).toEqual({
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
    });
  });

  it('writes what is offered, the origin and the extra headers', () => {
    expect({
      ...clientHandshakeHeaders({
        key,
        protocols: ['v2.chat', 'v1.chat'],
        extensions: [{ name: 'permessage-deflate', params: [['client_max_window_bits', true]] }],
        origin: 'https://example.com',
        headers: { Authorization: 'Bearer x', 'X-Many': ['a', 'b', 'c'] },
      }),
    }).toMatchObject({
      'Sec-WebSocket-Protocol': 'v2.chat, v1.chat',
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      Origin: 'https://example.com',
      Authorization: 'Bearer x',
      'X-Many': ['a', 'b', 'c'],
    });
  });

  it('sends the origin of version 8 in its own header', () => {
    const headers = clientHandshakeHeaders({ key, version: 8, headers: { Origin: 'x' } });
    expect(headers['Sec-WebSocket-Version']).toBe('8');
    expect(clientHandshakeHeaders({ key, version: 8, origin: 'https://a' })).toMatchObject({
      'Sec-WebSocket-Origin': 'https://a',
    });
  });

  it('takes the origin from the headers when the option is not given', () => {
    expect(clientHandshakeHeaders({ key, headers: { origin: 'https://a' } })['origin']).toBe(
      'https://a',
    );
  });

  it('has no prototype that a header name could reach', () => {
    const headers = clientHandshakeHeaders({ key, headers: { ['__proto__']: 'x' } });
    expect(Object.getPrototypeOf(headers)).toBeNull();
    expect(Object.entries(headers)).toContainEqual(['__proto__', 'x']);
  });

  it('passes the rules of the server', () => {
    const sent = { Host: 'a', ...clientHandshakeHeaders({ key: createKey(), protocols: ['a'] }) };
    const entries = Object.entries<string>(sent as Record<string, string>);
    const result = readServerHandshake({
      method: 'GET',
      httpVersionMajor: 1,
      httpVersionMinor: 1,
      url: '/',
      headers: Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value])),
      rawHeaders: entries.flat(),
    });
    expect(result).not.toBeInstanceOf(HandshakeError);
  });

  it.each<Partial<ClientHandshakeOptions>>([
    { protocols: [''] },
    { protocols: ['a b'] },
    { protocols: ['a,b'] },
    { protocols: ['a', 'b', 'a'] },
    { protocols: ['a\r\nX: y'] },
    { extensions: [{ name: 'a b', params: [] }] },
    { extensions: [{ name: 'a', params: [['b', '"']] }] },
    { origin: 'https://a\r\nX: y' },
    { origin: 'https://a', headers: { ORIGIN: 'https://b' } },
    { key: 'x\r\nX: y' },
    { headers: { Upgrade: 'h2c' } },
    { headers: { Connection: 'close' } },
    { headers: { 'sec-websocket-protocol': 'a' } },
    { headers: { 'Content-Length': '1' } },
    { headers: { 'X-A': 'a\0b' } },
    { headers: { 'X A': 'a' } },
  ])('throws a UsageError for %j', (options) => {
    expect(() => clientHandshakeHeaders({ key, ...options })).toThrow(UsageError);
  });
});
