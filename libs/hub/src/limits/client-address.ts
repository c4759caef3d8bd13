import { isIP } from 'node:net';
import { forwardedHops, TrustedProxies, type Opening } from '#engine';
import { unmapped } from './address-key.js';
import { usable } from '../options/option-kinds.js';

/**
 * Finds the address of the client behind proxies. X-Forwarded-For is believed only as far as it was
 * written by trusted proxies, read from the right: everything left of the first address that is not
 * one of them is what a client claims.
 */
export class ClientAddress {
  readonly #proxies: TrustedProxies;
  readonly #any: boolean;

  /**
   * @param trustedProxies addresses and networks (`10.0.0.0/8`, `2001:db8::/32`, `127.0.0.1`);
   *   default none, and the header is ignored
   * @throws {UsageError} for what is neither
   */
  constructor(trustedProxies: readonly string[] = []) {
    this.#any = trustedProxies.length > 0;
    this.#proxies = new TrustedProxies(trustedProxies);
  }

  /** @returns the address of the client, '' when even the peer's is unknown. */
  of(opening: Pick<Opening, 'peerAddress' | 'headers'>): string {
    const peer = unmapped(opening.peerAddress);
    if (!this.#any || !this.trusts(peer)) return peer;
    const header = opening.headers['x-forwarded-for'];
    if (header === undefined) return peer;
    return this.#clientIn(forwardedHops(header), peer);
  }

  /** Whether an address is that of a trusted proxy. */
  trusts(ip: string): boolean {
    return this.#proxies.trusts(ip);
  }

  #clientIn(hops: string[], peer: string): string {
    let client = peer;
    for (const hop of hops.toReversed()) {
      const ip = withoutPort(hop.trim());
      // Not an address: whoever wrote it cannot be believed, so neither can what is left of it.
      if (isIP(ip) === 0) return client;
      client = unmapped(ip);
      if (!this.trusts(client)) return client;
    }
    return client;
  }
}

export const trustedProxies = usable(
  'a list of addresses and networks of proxies',
  (value): value is readonly string[] =>
    Array.isArray(value) && value.every((network) => typeof network === 'string'),
  (networks) => new ClientAddress(networks),
);

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(hop);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  const [address = '', port, ...more] = hop.split(':');
  return port !== undefined && more.length === 0 ? address : hop;
}
