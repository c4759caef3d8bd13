import { describe, expect, it } from '@jest/globals';
import { forwardedHops } from './forwarded-hops.js';

describe('the addresses of X-Forwarded-For', () => {
  it('are listed as they stand, the nearest proxy last', () => {
    expect(forwardedHops('192.0.2.1, 198.51.100.2')).toEqual(['192.0.2.1', ' 198.51.100.2']);
  });

  it('are read from several header lines as from one', () => {
    expect(forwardedHops(['192.0.2.1', '198.51.100.2'])).toEqual(['192.0.2.1', '198.51.100.2']);
  });

  it('are no more than the last 32, however many a client has written', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => String(index));
    expect(forwardedHops(many.join(','))).toEqual(many.slice(-32));
  });
});
