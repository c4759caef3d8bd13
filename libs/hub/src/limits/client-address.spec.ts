import { describe, expect, it } from '@jest/globals';
import { UsageError, type Opening } from '#engine';
import { ClientAddress } from './client-address.js';

function request(
  peer: string | undefined,
  forwarded?: string,
): Pick<Opening, 'peerAddress' | 'headers'> {
  return {
    peerAddress: peer ?? '',
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  };
}

describe('the address of a client', () => {
  const behind = new ClientAddress(['10.0.0.0/8', '127.0.0.1', '2001:db8::/32']);

  it.each<[string, string | undefined, string | undefined, string]>([
    ['the peer', '203.0.113.9', undefined, '203.0.113.9'],
    ['the peer, whatever it claims', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['what a trusted proxy says', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the last before the proxies', '10.0.0.1', '1.1.1.1, 198.51.100.1, 10.2.3.4', '198.51.100.1'],
    ['the proxy when all are proxies', '10.0.0.1', '10.2.3.4, 10.2.3.5', '10.2.3.4'],
    ['the proxy without a header', '10.0.0.1', undefined, '10.0.0.1'],
    ['the last hop that is an address', '10.0.0.1', '1.1.1.1, rubbish, 10.2.3.4', '10.2.3.4'],
    ['an empty header’s proxy', '10.0.0.1', '', '10.0.0.1'],
    ['without the port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['without brackets and port', '10.0.0.1', '[2001:bad::1]:4711', '2001:bad::1'],
    ['an IPv6 client', '2001:db8::1', '2001:bad::1', '2001:bad::1'],
    ['behind a mapped proxy', '::ffff:10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['nothing when unknown', undefined, undefined, ''],
  ])('is %s', (_, peer, forwarded, ip) => {
    expect(behind.of(request(peer, forwarded))).toBe(ip);
  });

  it('ignores the header when no proxy is trusted', () => {
    expect(new ClientAddress().of(request('10.0.0.1', '1.1.1.1'))).toBe('10.0.0.1');
  });

  it('looks at 32 hops and not at what a client has put before them', () => {
    const hops = Array.from({ length: 100_000 }, () => '10.0.0.9').join(',');
    expect(behind.of(request('10.0.0.1', `1.1.1.1,${hops}`))).toBe('10.0.0.9');
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', '10.0.0/8'])(
    'cannot trust %j',
    (network) => {
      expect(() => new ClientAddress([network])).toThrow(UsageError);
    },
  );
});
