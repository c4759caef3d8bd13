import type { IncomingHttpHeaders } from 'node:http';
import { parseCookies } from '#engine';

/** Where a token is looked for: an upgrade request, a `HandshakeSnapshot` or a `MessageContext`. */
export interface TokenSource {
  readonly headers: IncomingHttpHeaders;
  readonly url?: string | undefined;
}

/**
 * Finds a token; `null` when there is none. It has the shape that `jwtFromRequest` of passport-jwt
 * expects.
 */
export type TokenExtractor = (source: TokenSource) => string | null;

/** Where an extractor looks, as its clients have to know it. */
export interface TokenPlace {
  readonly in: 'header' | 'query' | 'cookie' | 'protocol';
  /** Of the header, parameter or cookie. */
  readonly name: string;
  /** Of a header: what stands before the token, `''` for nothing. */
  readonly scheme?: string;
}

/** What each extractor of ours says of itself. */
const PLACES = new WeakMap<object, readonly TokenPlace[]>();

/** Where an extractor looks, in its order; undefined for one of the application's own. */
export function tokenPlaces(extractor: object): readonly TokenPlace[] | undefined {
  return PLACES.get(extractor);
}

/** How a subprotocol begins that is not one, but carries a token: `bearer.<token>`. */
export const TOKEN_PROTOCOL = 'bearer.';

/**
 * From a header, as `<scheme> <token>`. A browser cannot set headers on a WebSocket; other clients
 * should prefer this place.
 * @param name default `authorization`
 * @param scheme default `Bearer`, compared without case (RFC 9110 11.1); `''` takes the whole value
 */
export function tokenFromHeader(name = 'authorization', scheme = 'Bearer'): TokenExtractor {
  const key = name.toLowerCase();
  const start = scheme === '' ? '' : `${scheme.toLowerCase()} `;
  return looking([{ in: 'header', name, scheme }], ({ headers }) => {
    const value = headers[key];
    if (typeof value !== 'string' || !value.toLowerCase().startsWith(start)) return null;
    return present(value.slice(start.length).trim());
  });
}

/**
 * From the query. It works everywhere, and ends up in the logs of every proxy on the way: use tokens
 * that are valid for seconds.
 * @param name default `token`
 */
export function tokenFromQuery(name = 'token'): TokenExtractor {
  return looking([{ in: 'query', name }], ({ url = '' }) => {
    const mark = url.indexOf('?');
    return mark < 0 ? null : present(new URLSearchParams(url.slice(mark + 1)).get(name));
  });
}

/**
 * From a cookie, which the browser adds by itself: leave `allowedOrigins` strict, or other pages connect
 * in the user's name.
 */
export function tokenFromCookie(name: string): TokenExtractor {
  return looking([{ in: 'cookie', name }], ({ headers }) =>
    present(parseCookies(headers.cookie)[name]),
  );
}

/**
 * From the offered subprotocols, the one place beside the query that a page can fill:
 * `new WebSocket(url, ['chat', 'bearer.' + token])`. A JWT fits as it is; other tokens must consist of
 * letters, digits and `!#$%&'*+-.^_|~` (encode them as base64url). The offer is never answered, and so
 * never sent back, unless it is the only one: a browser gives up when none of its offers is taken.
 */
export function tokenFromProtocol(): TokenExtractor {
  return looking([{ in: 'protocol', name: 'Sec-WebSocket-Protocol' }], ({ headers }) => {
    const offered = headers['sec-websocket-protocol']?.split(',') ?? [];
    const found = offered.map((name) => name.trim()).find(carriesToken);
    return present(found?.slice(TOKEN_PROTOCOL.length));
  });
}

/** The first token that one of the extractors finds. */
export function firstToken(...extractors: readonly TokenExtractor[]): TokenExtractor {
  const first: TokenExtractor = (source) => {
    for (const extract of extractors) {
      const token = extract(source);
      if (token !== null) return token;
    }
    return null;
  };
  const places = extractors.map((extract) => PLACES.get(extract));
  const known = places.filter((one) => one !== undefined);
  return known.length < places.length ? first : looking(known.flat(), first);
}

/** Keeps where an extractor looks. */
function looking(places: readonly TokenPlace[], extract: TokenExtractor): TokenExtractor {
  PLACES.set(extract, places);
  return extract;
}

export function carriesToken(protocol: string): boolean {
  return protocol.startsWith(TOKEN_PROTOCOL);
}

function present(token: string | null | undefined): string | null {
  return token === undefined || token === '' ? null : token;
}
