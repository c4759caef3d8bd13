import { isIPv6 } from 'node:net';

/**
 * The key under which an address is counted. IPv6 hands out whole /64 networks to one subscriber, who
 * would otherwise have 2^64 addresses to come from; IPv4 in IPv6 counts as IPv4.
 */
export function addressKey(ip: string): string {
  const plain = unmapped(ip);
  if (!isIPv6(plain)) return plain;
  return `${groups(plain).slice(0, 4).join(':')}::/64`;
}

/** `::ffff:192.0.2.1` is how a dual-stack socket names the peer 192.0.2.1. */
export function unmapped(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  return mapped?.[1] ?? ip;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groups(ip: string): string[] {
  const bare = ip.replace(/%.*$/, '').toLowerCase();
  const [head = '', tail] = bare.split('::');
  const left = split(head);
  if (tail === undefined) return left.map(short);
  const right = split(tail);
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].map(short);
}

function split(part: string): string[] {
  return part === '' ? [] : part.split(':');
}

function short(group: string): string {
  return group.replace(/^0+(?=.)/, '');
}
