import type { Query } from './client-options.js';

/**
 * An absolute address: `http` becomes `ws`, and a relative one is one of the page. By hand where it can
 * be, for the `URL` of React Native knows little more than to be a string.
 * @throws {TypeError} for what is no URL, and for a relative one where there is no page
 */
export function socketUrl(url: string | URL): string {
  const { document, location } = globalThis as {
    document?: { baseURI?: string };
    location?: { href?: string };
  };
  const text = String(url);
  const absolute = /^[a-z]+:\/\//i.test(text)
    ? text
    : new URL(text, document?.baseURI ?? location?.href).href;
  const result = absolute.replace(/^http/i, 'ws').replace(/#.*/, '');
  if (!/^wss?:/i.test(result)) {
    throw new TypeError(`Cannot connect: ws, wss or http is expected, current value is ${text}`);
  }
  return result;
}

/** The address with parameters; those that are undefined are left out. */
export function withQuery(url: string, query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = pairs.map((pair) => pair.map((part) => encodeURIComponent(String(part))).join('='));
  return text.length === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${text.join('&')}`;
}
