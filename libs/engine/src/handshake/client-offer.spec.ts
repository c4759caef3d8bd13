import { describe, expect, it } from '@jest/globals';
import { HandshakeError } from '../protocol/errors.js';
import { readOffer } from './client-offer.js';

/** As Node parses them; no header here is repeated. */
function read(headers: Record<string, string>, versions?: readonly number[]) {
  return readOffer({ headers, rawHeaders: Object.entries(headers).flat() }, versions);
}

describe('readOffer', () => {
  it('asks for nothing that only a request of HTTP/1.1 has', () => {
    expect(read({ ':protocol': 'websocket', 'sec-websocket-version': '13' })).toEqual({
      version: 13,
      protocols: [],
      extensions: [],
      origin: undefined,
    });
  });

  it('reads what is offered', () => {
    const offer = read({
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'b, a',
      'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
      origin: 'https://example.org',
    });
    expect(offer).toEqual({
      version: 13,
      protocols: ['b', 'a'],
      extensions: [{ name: 'permessage-deflate', params: [['client_max_window_bits', true]] }],
      origin: 'https://example.org',
    });
  });

  it('takes the origin from where the version has it', () => {
    const headers = { 'sec-websocket-version': '8', 'sec-websocket-origin': 'http://a' };
    expect(read(headers, [13, 8])).toMatchObject({ version: 8, origin: 'http://a' });
  });

  it.each<[string, Record<string, string>, number]>([
    ['VERSION', {}, 426],
    ['VERSION', { 'sec-websocket-version': '8' }, 426],
    ['BODY', { 'content-length': '1' }, 400],
    ['PROTOCOL', { 'sec-websocket-protocol': 'a,,b c' }, 400],
    ['EXTENSIONS', { 'sec-websocket-extensions': '' }, 400],
  ])('refuses what breaks the rule %s: %j', (rule, change, status) => {
    const base: Record<string, string> =
      rule === 'VERSION' ? {} : { 'sec-websocket-version': '13' };
    const error = read({ ...base, ...change });
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toMatchObject({ code: `WS_ERR_HANDSHAKE_${rule}`, status });
  });
});
