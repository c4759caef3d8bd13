import { parseTokenList } from './header-tokens.js';

/**
 * Subprotocols one client may offer. Real ones offer a few; 14 KB of "a,b,c" would make every
 * server-side choice, often a search per supported protocol, run over thousands of names.
 */
export const MAX_SUBPROTOCOLS = 64;

/**
 * Parses Sec-WebSocket-Protocol of a request: tokens in the client's order of preference, each at
 * most once, compared with case (RFC 6455 4.1/10 and 11.3.4).
 * @returns null when it is not `1#token`, repeats one, or offers more than `MAX_SUBPROTOCOLS`
 */
export function parseSubprotocols(header: string): string[] | null {
  const protocols = parseTokenList(header);
  if (protocols === null || protocols.length > MAX_SUBPROTOCOLS) return null;
  return new Set(protocols).size === protocols.length ? protocols : null;
}
