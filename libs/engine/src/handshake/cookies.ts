import { UsageError } from '../protocol/errors.js';
import { isToken } from './header-tokens.js';

/**
 * Pairs read from one Cookie header; the rest is ignored. Browsers keep at most 180 cookies for a
 * site, while 16 KB of "a=;" would be thousands of properties for each handshake.
 */
export const MAX_COOKIES = 256;

/** What a Set-Cookie header says beside name and value (RFC 6265 4.1); all are left out by default. */
export interface CookieAttributes {
  path?: string;
  domain?: string;
  expires?: Date;
  /** Seconds until it expires; 0 or less deletes it. Clients prefer it to `expires`. */
  maxAge?: number;
  /** Sent over TLS only. */
  secure?: boolean;
  /** Hidden from scripts of the page. */
  httpOnly?: boolean;
  /** Whether other sites' requests carry it. `none` needs `secure`, or browsers drop the cookie. */
  sameSite?: 'strict' | 'lax' | 'none';
}

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None' } as const;

/** `cookie-octet`s, quoted or not: no white space, quote, comma, semicolon or backslash (RFC 6265 4.1.1). */
const COOKIE_VALUE = /^(?:[!#-+\--:<-[\]-~]*|"[!#-+\--:<-[\]-~]*")$/;

/** `path-value`: any character but controls and the semicolon. */
const PATH_VALUE = /^[ -:<-~]+$/;

/** A host name; the leading dot of old is let through, clients ignore it (RFC 6265 5.2.3). */
const DOMAIN_VALUE = /^\.?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

/**
 * Parses a Cookie header as a server should (RFC 6265 5.4): leniently, for what is in it was written
 * by many hands. Percent-encoding is undone where it is valid and kept as it is where it is not.
 * Of cookies with the same name the first wins: clients send the one with the longest path first.
 * @returns an object without a prototype, so that no name can reach one
 */
export function parseCookies(header: string | undefined): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null);
  if (header === undefined) return cookies;
  let start = 0;
  for (let pairs = 0; pairs < MAX_COOKIES && start < header.length; pairs++) {
    let end = header.indexOf(';', start);
    if (end < 0) end = header.length;
    const pair = header.slice(start, end);
    start = end + 1;
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    const name = pair.slice(0, equals).trim();
    if (name === '' || name in cookies) continue;
    cookies[name] = decode(unquote(pair.slice(equals + 1).trim()));
  }
  return cookies;
}

/** The quotes of `cookie-value = DQUOTE *cookie-octet DQUOTE` are no part of the value. */
function unquote(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1)
    : value;
}

function decode(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/**
 * Writes the value of a Set-Cookie header (RFC 6265 4.1). The value is written as it is: pass what
 * may hold other characters through `encodeURIComponent`, which `parseCookies` undoes.
 * @throws {UsageError} for a name, value or attribute outside the grammar, one of which could
 *   otherwise add attributes of its own
 */
export function serializeCookie(
  name: string,
  value: string,
  attributes: CookieAttributes = {},
): string {
  const { path, domain, expires, maxAge, secure, httpOnly, sameSite } = attributes;
  check(isToken(name), 'its name is not a token', name);
  check(COOKIE_VALUE.test(value), 'its value holds a character that must be encoded', name);
  let cookie = `${name}=${value}`;
  if (path !== undefined) {
    check(PATH_VALUE.test(path), 'its path holds a control or a semicolon, or is empty', name);
    cookie += `; Path=${path}`;
  }
  if (domain !== undefined) {
    check(DOMAIN_VALUE.test(domain), 'its domain is not a host name', name);
    cookie += `; Domain=${domain}`;
  }
  if (expires !== undefined) {
    check(isWritableDate(expires), 'its expiry is not a date of the years 1601 to 9999', name);
    cookie += `; Expires=${expires.toUTCString()}`;
  }
  if (maxAge !== undefined) {
    check(Number.isSafeInteger(maxAge), 'its maximum age is not a whole number of seconds', name);
    cookie += `; Max-Age=${maxAge}`;
  }
  if (secure) cookie += '; Secure';
  if (httpOnly) cookie += '; HttpOnly';
  if (sameSite !== undefined) {
    check(Object.hasOwn(SAME_SITE, sameSite), 'its sameSite is not strict, lax or none', name);
    check(sameSite !== 'none' || secure === true, 'sameSite "none" needs secure', name);
    cookie += `; SameSite=${SAME_SITE[sameSite]}`;
  }
  return cookie;
}

/** A client fails to parse a year before 1601 (RFC 6265 5.1.1), and five digits are no HTTP date. */
function isWritableDate(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1601 && year <= 9999;
}

/** The message leaves out the value: a cookie's value is often a secret. */
function check(valid: boolean, problem: string, name: string): void {
  if (valid) return;
  throw new UsageError(`Cannot serialize the cookie ${JSON.stringify(name)}: ${problem}`);
}
