import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import { checkExtraHeaders, HANDSHAKE_HEADERS } from './extra-headers.js';

describe('checkExtraHeaders', () => {
  it('makes a line of each value', () => {
    expect(
      checkExtraHeaders(
        { 'X-A': '1', 'Set-Cookie': ['a=b', 'c=d'], 'X-None': [] },
        HANDSHAKE_HEADERS,
      ),
    ).toEqual([
      ['X-A', '1'],
      ['Set-Cookie', 'a=b'],
      ['Set-Cookie', 'c=d'],
    ]);
  });

  it.each([
    'Upgrade',
    'connection',
    'Sec-WebSocket-Accept',
    'SEC-WEBSOCKET-PROTOCOL',
    'sec-websocket-anything',
    'Content-Length',
    'Transfer-Encoding',
  ])('reserves %s for the handshake', (name) => {
    expect(() => checkExtraHeaders({ [name]: 'x' }, HANDSHAKE_HEADERS)).toThrow(UsageError);
  });

  it.each(['X-Upgrade', 'Connection-Id', 'Sec-WebSocket', 'Content-Length-Hint'])(
    'leaves %s to the application',
    (name) => {
      expect(checkExtraHeaders({ [name]: 'x' }, HANDSHAKE_HEADERS)).toEqual([[name, 'x']]);
    },
  );

  it.each([
    [{ 'X-A': 'a\r\nX-B: b' }],
    [{ 'X-A': ['fine', 'a\nb'] }],
    [{ 'X-A': 'a\0' }],
    [{ 'X-A': '\u{1F600}' }],
    [{ 'X A': 'a' }],
    [{ '': 'a' }],
    [{ 'X-A: 1\r\nX-B': 'b' }],
  ])('throws a UsageError for %j', (headers) => {
    expect(() => checkExtraHeaders(headers, HANDSHAKE_HEADERS)).toThrow(UsageError);
  });

  it.each([undefined, null, 1])('throws a UsageError for the value %s', (value) => {
    const headers = { 'X-A': value } as unknown as Record<string, string>;
    expect(() => checkExtraHeaders(headers, HANDSHAKE_HEADERS)).toThrow(UsageError);
  });
});
