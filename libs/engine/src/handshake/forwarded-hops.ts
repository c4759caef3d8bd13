/** Addresses of X-Forwarded-For that are looked at: proxies are few, what a client writes is not. */
const MAX_HOPS = 32;

/** What X-Forwarded-For lists, the proxy that is nearest to us last; of many the last 32. */
export function forwardedHops(header: string | readonly string[]): string[] {
  return String(header).split(',').slice(-MAX_HOPS);
}
