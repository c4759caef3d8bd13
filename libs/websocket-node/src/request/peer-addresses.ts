import { BlockList, isIP } from 'node:net';
import { forwardedHops, UsageError } from '#engine';
import type { ServerConfig } from '../config/config.js';

const trustOf = new WeakMap<readonly string[], BlockList>();

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
  const trusted = readTrust(trustedProxies);
  const hops = forwardedHops(header);
  while (hops.length > 0 && isTrusted(addresses[0] ?? '', trusted)) {
    const hop = withoutPort((hops.pop() ?? '').trim());
    // Not an address: whoever wrote it cannot be believed, so neither can what is left of it.
    if (isIP(hop) === 0) break;
    addresses.unshift(hop);
  }
  return addresses;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address);
  return version !== 0 && trusted.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function readTrust(networks: readonly string[]): BlockList {
  let list = trustOf.get(networks);
  if (list === undefined) {
    list = new BlockList();
    for (const network of networks) add(list, network);
    trustOf.set(networks, list);
  }
  return list;
}

function add(list: BlockList, network: string): void {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (version === 0 || length > most) {
    throw new UsageError(
      `Cannot trust proxy: current value is ${JSON.stringify(network)}, allowed are addresses and networks such as 10.0.0.0/8`,
    );
  }
  list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const match = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d+)?$/.exec(hop);
  return match?.[1] ?? match?.[2] ?? hop;
}
