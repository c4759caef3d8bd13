import { describe, expect, it } from '@jest/globals';
import { peerAddresses } from './peer-addresses.js';

const trustedProxies = ['10.0.0.0/8', '::1', '2001:db8::/32'];

describe('the addresses of a peer', () => {
  it.each([
    ['10.0.0.1', '192.0.2.1', ['192.0.2.1', '10.0.0.1']],
    ['10.0.0.1', 'spoofed, 192.0.2.1, 10.2.3.4', ['192.0.2.1', '10.2.3.4', '10.0.0.1']],
    ['10.0.0.1', '192.0.2.1, 192.0.2.2', ['192.0.2.2', '10.0.0.1']],
    ['::ffff:10.0.0.1', '192.0.2.1', ['192.0.2.1', '::ffff:10.0.0.1']],
    ['2001:db8::7', '[2001:db9::1]:4711', ['2001:db9::1', '2001:db8::7']],
    ['::1', '192.0.2.1:4711', ['192.0.2.1', '::1']],
    ['10.0.0.1', 'unknown', ['10.0.0.1']],
    ['10.0.0.1', '192.0.2.1, ', ['10.0.0.1']],
    ['192.0.2.9', '192.0.2.1', ['192.0.2.9']],
    ['', '192.0.2.1', ['']],
  ])('of %s behind "%s" are %j', (peer, header, expected) => {
    expect(peerAddresses(peer, header, { trustedProxies })).toEqual(expected);
  });

  it('are the peer alone without trusted proxies, without the header, and where it is ignored', () => {
    expect(peerAddresses('10.0.0.1', '192.0.2.1', {})).toEqual(['10.0.0.1']);
    expect(peerAddresses('10.0.0.1', undefined, { trustedProxies })).toEqual(['10.0.0.1']);
    const config = { trustedProxies, ignoreXForwardedFor: true };
    expect(peerAddresses('10.0.0.1', '192.0.2.1', config)).toEqual(['10.0.0.1']);
  });

  it('are looked for in a bounded part of the header', () => {
    const header = Array.from({ length: 5000 }, () => '10.0.0.2').join(', ');
    expect(peerAddresses('10.0.0.1', header, { trustedProxies })).toHaveLength(33);
  });

  it.each(['nowhere', '10.0.0.0/33', '::1/129', '10.0.0.1/', '10.0.0.0/8/8'])(
    'cannot trust "%s"',
    (network) => {
      expect(() => peerAddresses('::1', '192.0.2.1', { trustedProxies: [network] })).toThrow(
        /^Cannot trust proxy/,
      );
    },
  );
});
