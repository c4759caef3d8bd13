import { isIP } from 'node:net';
import { forwardedHops, TrustedProxies } from '#engine';
import type { ServerConfig } from '../config/config.js';

const NONE: readonly string[] = [];
const trustOf = new WeakMap<readonly string[], TrustedProxies>();

/**
 * The client's address, then those of the trusted proxies it came through, the peer's last. Of
 * X-Forwarded-For only what trusted proxies wrote is believed: it is read from the right, up to the
 * first address that is not one of them. What is left of that is what the client claims.
 * @throws {UsageError} for a trusted proxy that is neither an address nor a network
 */
export function peerAddresses(
  peer: string,
  header: string | string[] | undefined,
  config: Pick<ServerConfig, 'ignoreXForwardedFor' | 'trustedProxies'>,
): string[] {
  const addresses = [peer];
  const { trustedProxies = [], ignoreXForwardedFor } = config;
  if (header === undefined || ignoreXForwardedFor || trustedProxies.length === 0) return addresses;
  const trusted = proxiesOf(config);
  const hops = forwardedHops(header);
  while (hops.length > 0 && trusted.trusts(addresses[0] ?? '')) {
    const hop = withoutPort((hops.pop() ?? '').trim());
    // Not an address: whoever wrote it cannot be believed, so neither can what is left of it.
    if (isIP(hop) === 0) break;
    addresses.unshift(hop);
  }
  return addresses;
}

/**
 * The proxies a configuration trusts, read once.
 * @throws {UsageError} for one that is neither an address nor a network
 */
export function proxiesOf(config: Pick<ServerConfig, 'trustedProxies'>): TrustedProxies {
  const trustedProxies = config.trustedProxies ?? NONE;
  let proxies = trustOf.get(trustedProxies);
  if (proxies === undefined) {
    proxies = new TrustedProxies(trustedProxies);
    trustOf.set(trustedProxies, proxies);
  }
  return proxies;
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const match = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d+)?$/.exec(hop);
  return match?.[1] ?? match?.[2] ?? hop;
}
