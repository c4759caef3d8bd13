/** What `originAllowed` judges an Origin by. */
export interface OriginPolicy {
  /** The request's Host header, with its port unless that is the scheme's default. */
  host: string | undefined;
  /**
   * Whether the client came over TLS; behind a proxy, what a trusted proxy says of it. Undefined when
   * nobody can know: then host and port alone are compared.
   */
  secure: boolean | undefined;
  /**
   * Whether the request carries what a browser adds by itself for whatever page asks: cookies, but
   * HTTP authentication and client certificates just as well.
   */
  hasCookies: boolean;
  /** Origins to let in, each `scheme://host` or `scheme://host:port`. Nothing else is, if given. */
  allowedOrigins?: readonly string[];
}

const DEFAULT_PORTS = new Map([
  ['http', 80],
  ['https', 443],
]);

/** Scheme, host and optional port, and nothing around them: no path, user or list (RFC 6454 6.1). */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i;

/**
 * An origin in the one form that can be compared as a string: lower case, without its scheme's
 * default port.
 * @returns null when it is not exactly one origin; `null`, which every sandboxed page sends, is none
 */
export function normalizeOrigin(origin: string): string | null {
  const match = ORIGIN.exec(origin);
  if (match === null) return null;
  const scheme = match[1]!.toLowerCase();
  const host = match[2]!.toLowerCase();
  if (match[3] === undefined) return `${scheme}://${host}`;
  const port = Number(match[3]);
  if (port > 65_535) return null;
  return DEFAULT_PORTS.get(scheme) === port ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}

/**
 * Whether a handshake may be accepted as far as its origin goes (RFC 6455 10.2). A WebSocket is not
 * bound by the same-origin policy: any page can open one, and the browser adds the user's cookies to
 * it (cross-site WebSocket hijacking).
 *
 * - With `allowedOrigins`: the origin must equal one of them in scheme, host and port.
 * - Without: a request with cookies must come from the origin it goes to. One without cookies has
 *   nothing to steal and may come from anywhere.
 * - No Origin at all is no page of a browser, and is let in, cookies or not.
 */
export function originAllowed(origin: string | undefined, policy: OriginPolicy): boolean {
  const { host, secure, hasCookies, allowedOrigins } = policy;
  if (origin === undefined) return true;
  if (allowedOrigins === undefined && !hasCookies) return true;
  const given = normalizeOrigin(origin);
  if (given === null) return false;
  if (allowedOrigins !== undefined) {
    return allowedOrigins.some((allowed) => normalizeOrigin(allowed) === given);
  }
  return given === normalizeOrigin(`${ownScheme(given, secure)}://${host ?? ''}`);
}

/** Of the server; where it is not known it is as the page has it, if it is one of HTTP. */
function ownScheme(given: string, secure: boolean | undefined): string {
  if (secure !== undefined) return secure ? 'https' : 'http';
  return given.startsWith('https:') ? 'https' : 'http';
}
