import { UsageError, serializeCookie, type CookieAttributes } from '#engine';

/** A cookie to set with the opening handshake. */
export interface Cookie {
  name: string;
  /** Written as it is: encode what RFC 6265 4.1.1 does not let stand in a value. */
  value: string;
  path?: string;
  domain?: string;
  expires?: Date;
  /** Seconds; 0 makes the client forget it. */
  maxage?: number | string;
  secure?: boolean;
  httponly?: boolean;
  samesite?: CookieAttributes['sameSite'];
}

/**
 * The values of the Set-Cookie headers for these cookies.
 * @throws {UsageError} for anything RFC 6265 4.1 has no form for, and for a name that comes twice
 */
export function setCookieHeaders(cookies: unknown): string[] {
  if (!Array.isArray(cookies)) throw new UsageError('Cannot set cookies: an array is needed');
  const names = new Set<string>();
  return cookies.map((cookie: Cookie) => {
    const { name, value } = cookie;
    check(typeof name === 'string' && typeof value === 'string', 'name and value must be strings');
    check(!names.has(name), `${JSON.stringify(name)} comes twice`);
    names.add(name);
    return serializeCookie(name, value, attributesOf(cookie));
  });
}

function attributesOf(cookie: Cookie): CookieAttributes {
  const { path, domain, expires, maxage, secure, httponly, samesite } = cookie;
  const attributes: CookieAttributes = {};
  if (path) attributes.path = checked(path, typeof path === 'string', 'path must be a string');
  if (domain) {
    check(typeof domain === 'string', 'domain must be a string');
    attributes.domain = domain.toLowerCase();
  }
  if (expires) {
    const isDate = expires instanceof Date && !Number.isNaN(expires.getTime());
    attributes.expires = checked(expires, isDate, 'expires must be a valid Date');
  }
  if (maxage !== undefined && maxage !== null) attributes.maxAge = readMaxAge(maxage);
  if (secure)
    attributes.secure = checked(secure, typeof secure === 'boolean', 'secure must be a boolean');
  if (httponly) {
    attributes.httpOnly = checked(
      httponly,
      typeof httponly === 'boolean',
      'httponly must be a boolean',
    );
  }
  if (samesite) attributes.sameSite = samesite;
  return attributes;
}

function readMaxAge(maxage: number | string): number {
  const seconds = Math.round(typeof maxage === 'string' ? Number.parseInt(maxage, 10) : maxage);
  return checked(seconds, seconds >= 0, 'maxage must be a number of seconds from 0');
}

function checked<T>(value: T, valid: boolean, problem: string): T {
  check(valid, problem);
  return value;
}

function check(valid: boolean, problem: string): void {
  if (!valid) throw new UsageError(`Cannot set a cookie: ${problem}`);
}
