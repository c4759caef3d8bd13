import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import { acceptedFields, type AcceptanceTerms } from './accepted-fields.js';
import type { ServerHandshake } from './opening-handshake.js';
import { switchingProtocols as writeHead } from './switching-protocols.js';

const handshake: ServerHandshake = {
  key: 'dGhlIHNhbXBsZSBub25jZQ==',
  version: 13,
  protocols: ['v2.chat', 'v1.chat'],
  extensions: [{ name: 'permessage-deflate', params: [] }],
  origin: undefined,
  path: '/',
  query: '',
};

const switchingProtocols = (to: ServerHandshake, terms: AcceptanceTerms): string =>
  writeHead(to.key, acceptedFields(to, terms));

const LEAST =
  'HTTP/1.1 101 Switching Protocols\r\n' +
  'Upgrade: websocket\r\n' +
  'Connection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';

describe('switchingProtocols', () => {
  it('writes the least a response needs', () => {
    expect(switchingProtocols(handshake, {})).toBe(`${LEAST}\r\n`);
  });

  it('writes the selected subprotocol, the extensions and the extra headers, one line each', () => {
    expect(
      switchingProtocols(handshake, {
        protocol: 'v1.chat',
        extensions: [
          { name: 'permessage-deflate', params: [['server_no_context_takeover', true]] },
        ],
        headers: { 'X-Name': 'caf\u00e9', 'Set-Cookie': ['a=b', 'c=d'] },
      }),
    ).toBe(
      `${LEAST}Sec-WebSocket-Protocol: v1.chat\r\n` +
        'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n' +
        'X-Name: caf\u00e9\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n',
    );
  });

  it('writes no extension header for an empty list', () => {
    expect(switchingProtocols(handshake, { extensions: [] })).toBe(`${LEAST}\r\n`);
  });

  it.each(['v3.chat', 'V1.CHAT', '', 'v1.chat, v2.chat', 'v1.chat\r\nX: y'])(
    'throws for the subprotocol %j, which was not offered',
    (protocol) => {
      expect(() => switchingProtocols(handshake, { protocol })).toThrow(UsageError);
    },
  );

  it('throws for an extension that was not requested', () => {
    const extensions = [{ name: 'x-other', params: [] }];
    expect(() => switchingProtocols(handshake, { extensions })).toThrow(UsageError);
  });

  it.each<[string, string]>([
    ['Upgrade', 'h2c'],
    ['connection', 'close'],
    ['Sec-WebSocket-Accept', 'x'],
    ['sec-websocket-protocol', 'v1.chat'],
    ['Content-Length', '0'],
    ['Transfer-Encoding', 'chunked'],
    ['X-A', 'a\r\nX-B: b'],
    ['X-A', 'a\0'],
    ['X-A', '\u0100'],
    ['X-A\r\nX-B', 'b'],
  ])('throws for the header %j: %j', (name, value) => {
    expect(() => switchingProtocols(handshake, { headers: { [name]: value } })).toThrow(UsageError);
  });
});
