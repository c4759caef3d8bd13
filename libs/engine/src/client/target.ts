import { isIP } from 'node:net';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'ws:': 80, 'wss:': 443 };
const IPC_SCHEMES = /^wss?\+unix:$/;

/** Where a client connects to, and what it asks for there. */
export interface Target {
  /** Normalised: `http:` and `https:` have become `ws:` and `wss:`. */
  readonly url: URL;
  /** Whether over TLS. */
  readonly secure: boolean;
  /** Path of a Unix domain socket or Windows pipe; null for TCP. */
  readonly socketPath: string | null;
  /** Host name or address without the brackets of IPv6; 'localhost' for IPC. */
  readonly host: string;
  readonly port: number;
  /** The request target: path and query (RFC 6455 3, "resource name"). */
  readonly path: string;
}

/**
 * Reads the address of a server: `ws:`, `wss:`, `http:`, `https:`, or `ws+unix:` and `wss+unix:` with
 * the path of the socket, a colon, and the path to ask for.
 * @throws {SyntaxError} as the constructor of WHATWG's WebSocket: for what is no URL, another scheme, or
 *   a fragment (RFC 6455 3)
 */
export function readTarget(address: string | URL): Target {
  const url = parse(address);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  else if (url.protocol === 'https:') url.protocol = 'wss:';
  const { protocol, pathname, search } = url;
  const ipc = IPC_SCHEMES.test(protocol);
  if (!ipc && DEFAULT_PORTS[protocol] === undefined) {
    throw new SyntaxError(
      `The URL's protocol must be one of "ws:", "wss:", "http:", "https:", "ws+unix:", or "wss+unix:"`,
    );
  }
  if (ipc && pathname === '') throw new SyntaxError("The URL's pathname is empty");
  // `hash` is empty for a lone "#", which RFC 6455 3 forbids as well.
  if (url.href.includes('#')) throw new SyntaxError('The URL contains a fragment identifier');
  const secure = protocol.startsWith('wss');
  if (ipc) return ipcTarget(url, secure);
  const { hostname } = url;
  return {
    url,
    secure,
    socketPath: null,
    host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: url.port === '' ? DEFAULT_PORTS[protocol]! : Number(url.port),
    path: pathname + search,
  };
}

/**
 * Where a `Location` header points to.
 * @throws {SyntaxError} also for an IPC address: a server on the network must not choose among the
 *   sockets of this machine
 */
export function readRedirect(location: string, from: Target): Target {
  if (from.socketPath !== null) {
    if (!location.startsWith('/') || location.startsWith('//')) return readRemote(location);
    return readTarget(`${from.url.protocol}${from.socketPath}:${location}`);
  }
  let url: URL;
  try {
    url = new URL(location, from.url);
  } catch {
    throw new SyntaxError(`Invalid URL: ${location}`);
  }
  return readRemote(url);
}

/** The name to verify and to send as SNI: none for an address (RFC 6066 3). */
export function serverName(host: string): string {
  return isIP(host) === 0 ? host : '';
}

function readRemote(address: string | URL): Target {
  const target = readTarget(address);
  if (target.socketPath === null) return target;
  throw new SyntaxError('Cannot follow a redirect to a Unix domain socket');
}

function parse(address: string | URL): URL {
  try {
    return new URL(address);
  } catch {
    throw new SyntaxError(`Invalid URL: ${String(address)}`);
  }
}

function ipcTarget(url: URL, secure: boolean): Target {
  const colon = url.pathname.indexOf(':');
  const socketPath = colon < 0 ? url.pathname : url.pathname.slice(0, colon);
  const path = colon < 0 ? '/' : url.pathname.slice(colon + 1) || '/';
  return { url, secure, socketPath, host: 'localhost', port: 80, path: path + url.search };
}
