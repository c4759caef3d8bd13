import { carriesToken } from '../auth/token-extractors.js';

/** What becomes of the offered subprotocols. */
export interface Negotiation {
  /** The one agreed on, `''` for none. */
  readonly protocol: string;
  /** What the 101 states although nothing was agreed on. */
  readonly echo?: string;
}

/**
 * Chooses the subprotocol (RFC 6455 4.2.2 item 5): the first the server speaks that the client offers, and
 * when there is none, the first version of the wire that the client offers.
 * An offer that carries a token is no protocol. It is stated only when there is no other: a browser
 * fails a connection that takes none of its offers (WHATWG WebSockets, "establish a WebSocket connection").
 *
 * @param spoken by the gateways of the path
 * @param versions of the wire, which every path speaks beside
 * @returns `undefined` when the client offers only protocols that the path does not speak: there is no
 *   common language
 */
export function negotiateProtocol(
  spoken: readonly string[],
  offered: readonly string[],
  versions: readonly string[] = [],
): Negotiation | undefined {
  const languages = offered.filter((name) => !carriesToken(name));
  const [token] = offered;
  if (languages.length === 0) {
    return token === undefined ? { protocol: '' } : { protocol: '', echo: token };
  }
  const protocol =
    spoken.find((name) => languages.includes(name)) ??
    languages.find((name) => versions.includes(name));
  if (protocol !== undefined) return { protocol };
  return spoken.length === 0 ? { protocol: '' } : undefined;
}
