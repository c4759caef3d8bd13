import { describe, expect, it } from '@jest/globals';
import { HandshakeError } from '../protocol/errors.js';
import { readHttp2Handshake, type Http2Head } from './http2-handshake.js';

const headOf = (changed: Partial<Http2Head> = {}): Http2Head => ({
  scheme: 'https',
  authority: 'chat.example:443',
  path: '/room?a=b',
  headers: { 'sec-websocket-version': '13', 'sec-websocket-protocol': 'one, two' },
  rawHeaders: [],
  ...changed,
});

const refused = (changed: Partial<Http2Head>): [number, string] | undefined => {
  const read = readHttp2Handshake(headOf(changed));
  return read instanceof HandshakeError ? [read.status, read.code] : undefined;
};

describe('an extended CONNECT for a WebSocket', () => {
  it('says what an upgrade says, without a key', () => {
    expect(readHttp2Handshake(headOf())).toEqual({
      key: '',
      version: 13,
      protocols: ['one', 'two'],
      extensions: [],
      origin: undefined,
      path: '/room',
      query: 'a=b',
    });
  });

  it.each<[Partial<Http2Head>, number, string]>([
    [{ scheme: 'wss' }, 400, 'SCHEME'],
    [{ scheme: undefined }, 400, 'SCHEME'],
    [{ path: undefined }, 400, 'TARGET'],
    [{ path: 'https://a/b' }, 400, 'TARGET'],
    [{ path: '/a#b' }, 400, 'TARGET'],
    [{ authority: undefined }, 400, 'HOST'],
    [{ authority: 'a b' }, 400, 'HOST'],
    [{ headers: { 'sec-websocket-version': '12' } }, 426, 'VERSION'],
    [{ headers: { 'sec-websocket-version': '13', host: 'other.example' } }, 400, 'HOST'],
    [{ rawHeaders: ['host', 'chat.example:443', 'Host', 'chat.example:443'] }, 400, 'HOST'],
  ])('is refused: %j', (changed, status, rule) => {
    expect(refused(changed)).toEqual([status, `WS_ERR_HANDSHAKE_${rule}`]);
  });

  it('may name its host twice, in whatever case, and be of another version that is spoken', () => {
    const host = 'Chat.Example:443';
    const headers = { 'sec-websocket-version': '8', host };
    const head = headOf({ headers, rawHeaders: ['host', host] });
    expect(readHttp2Handshake(head, { versions: [13, 8] })).toMatchObject({ version: 8 });
  });
});
