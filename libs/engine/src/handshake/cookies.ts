/**
 * Pairs read from one Cookie header; the rest is ignored. Browsers keep at most 180 cookies for a
 * site, while 16 KB of "a=;" would be thousands of properties for each handshake.
 */
export const MAX_COOKIES = 256;

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
