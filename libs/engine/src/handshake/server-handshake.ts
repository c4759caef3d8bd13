import { HandshakeError } from '../protocol/errors.js';
import { badRequest, readOffer } from './client-offer.js';
import { headerHasToken } from './header-tokens.js';
import type { HandshakeHead, ServerHandshake } from './opening-handshake.js';
import { countLines, madeHeaders } from './raw-headers.js';
import { isAuthority, parseRequestTarget } from './request-target.js';

export type { HandshakeHead, ServerHandshake } from './opening-handshake.js';

/**
 * Canonical base64 of 16 bytes: of the 22nd character only the upper two bits carry data, so it is
 * one of four.
 */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/**
 * Checks a request of HTTP/1.1 against every rule of RFC 6455 4.2.1 and parses it. Never throws: what
 * the client sent wrong is a value, a `HandshakeError` whose `status` and `headers` are the answer to
 * give.
 * @param options.versions versions spoken, the preferred one first; default `[13]`
 */
export function readServerHandshake(
  request: HandshakeHead,
  options: { versions?: readonly number[] } = {},
): ServerHandshake | HandshakeError {
  const made = madeHeaders(request);
  const headers = made ?? request.headers;
  if (request.method !== 'GET') {
    return new HandshakeError('Invalid HTTP method', 'WS_ERR_HANDSHAKE_METHOD', 405, {
      Allow: 'GET',
    });
  }
  if (isBefore11(request, made !== null)) return badRequest('Invalid HTTP version', 'HTTP_VERSION');
  const target = parseRequestTarget(request.url);
  if (target === null) return badRequest('Invalid request target', 'TARGET');
  if (!headerHasToken(headers.upgrade, 'websocket')) {
    return badRequest('Invalid Upgrade header', 'UPGRADE');
  }
  // RFC 9112 3.2: 400 for no Host, more than one, or one that is not an authority. What a program has made
  // came to no host.
  const { host } = headers;
  const hosts = countLines(request, 'host');
  const isHostless = hosts === 0 && made !== null;
  if (!isHostless && (host === undefined || hosts !== 1 || !isAuthority(host))) {
    return badRequest('Missing or invalid Host header', 'HOST');
  }
  if (!headerHasToken(headers.connection, 'upgrade')) {
    return badRequest('Invalid Connection header', 'CONNECTION');
  }
  // A repeated key (11.3.1) is refused by its form: Node joins it to "x, x".
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY.test(key)) {
    return badRequest('Missing or invalid Sec-WebSocket-Key header', 'KEY');
  }
  const offer = readOffer(request, options.versions, headers);
  return offer instanceof HandshakeError ? offer : { key, ...offer, ...target };
}

/** @param isMade by a program: `new IncomingMessage(socket)` has null for its version until it is parsed */
function isBefore11(
  { httpVersionMajor: major, httpVersionMinor: minor }: HandshakeHead,
  isMade: boolean,
): boolean {
  if (isMade && major == null) return false;
  return major < 1 || (major === 1 && minor < 1);
}
