import { isToken } from '../handshake/header-tokens.js';

/**
 * The subprotocols to offer, out of the argument of the constructor.
 * @throws {SyntaxError} for one that is no token, or that comes twice (RFC 6455 4.1/10)
 */
export function readSubprotocols(given: unknown): readonly string[] {
  if (given === undefined) return [];
  const protocols: unknown[] = Array.isArray(given) ? given : [given];
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (typeof protocol !== 'string' || !isToken(protocol) || seen.has(protocol)) {
      throw new SyntaxError('An invalid or duplicated subprotocol was specified');
    }
    seen.add(protocol);
  }
  return [...seen];
}
