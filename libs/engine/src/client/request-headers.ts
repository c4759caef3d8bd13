import type { OutgoingHttpHeaders } from 'node:http';
import type { Target } from './target.js';

/** Written by the handshake whatever the application says, as in `ws`. */
const OVERRULED = /^(?:connection|upgrade|sec-websocket-(?:key|version))$/i;
/** Meant for one server only (RFC 9110 15.4: a redirect may lead to another). */
const CREDENTIALS = /^(?:authorization|cookie|host|proxy-authorization)$/i;

export type RequestHeaders = Record<string, string | string[]>;

/**
 * The application's headers as the handshake takes them, with Basic credentials from the URL or the
 * option `auth` unless it has an Authorization header of its own.
 * @param withOrigin whether the option `origin` is given, which then stands for any such header
 */
export function applicationHeaders(
  given: OutgoingHttpHeaders,
  credentials: string | undefined,
  withOrigin: boolean,
): RequestHeaders {
  const headers: RequestHeaders = Object.create(null);
  let authorized = false;
  for (const [name, value] of Object.entries(given)) {
    if (OVERRULED.test(name) || (withOrigin && /^(?:sec-websocket-)?origin$/i.test(name))) continue;
    if (/^authorization$/i.test(name)) authorized = true;
    // Anything but a number is judged where headers are checked, by its name.
    headers[name] = typeof value === 'number' ? String(value) : (value as string | string[]);
  }
  if (credentials !== undefined && !authorized) {
    headers['Authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  return headers;
}

/** User name and password of a URL, undefined when it has neither. */
export function urlCredentials({ username, password }: URL): string | undefined {
  return username === '' && password === '' ? undefined : `${decode(username)}:${decode(password)}`;
}

export function withoutCredentials(headers: RequestHeaders): RequestHeaders {
  const kept = Object.entries(headers).filter(([name]) => !CREDENTIALS.test(name));
  return Object.assign(Object.create(null), Object.fromEntries(kept));
}

/** Whether both are one server over one scheme: then credentials for the one are for the other too. */
export function isSameServer(one: Target, other: Target): boolean {
  return (
    one.secure === other.secure &&
    one.socketPath === other.socketPath &&
    one.host === other.host &&
    one.port === other.port
  );
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone "%" is a character like any other here.
    return part;
  }
}
