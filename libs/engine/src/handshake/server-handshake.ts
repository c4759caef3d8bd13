import { HandshakeError } from '../protocol/errors.js';
import { parseExtensions, type ExtensionOffer } from './extension-header.js';
import { headerHasToken } from './header-tokens.js';
import type { HandshakeHead, ServerHandshake } from './opening-handshake.js';
import { countHeader } from './raw-headers.js';
import { parseRequestTarget } from './request-target.js';
import { parseSubprotocols } from './subprotocol.js';

export type { HandshakeHead, ServerHandshake } from './opening-handshake.js';
export { refusal } from './refusal.js';
export { switchingProtocols } from './switching-protocols.js';

/** RFC 6455 is version 13. Version 8, a draft with the same framing, is opted in. */
const DEFAULT_VERSIONS: readonly number[] = [13];

/**
 * Canonical base64 of 16 bytes: of the 22nd character only the upper two bits carry data, so it is
 * one of four.
 */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/**
 * A host and an optional port. The comma, legal in a name of RFC 3986, is left out: it is what two
 * Host headers joined by a proxy look like.
 */
const HOST = /^(?:\[[\w.:%~-]+\]|[\w.~%!$&'()*+;=-]+)(?::\d*)?$/;

/**
 * Checks a request against every rule of RFC 6455 4.2.1 and parses it. Never throws: what the client
 * sent wrong is a value, a `HandshakeError` whose `status` and `headers` are the answer to give.
 * @param options.versions versions spoken, the preferred one first; default `[13]`
 */
export function readServerHandshake(
  request: HandshakeHead,
  options: { versions?: readonly number[] } = {},
): ServerHandshake | HandshakeError {
  const { headers, rawHeaders } = request;
  if (request.method !== 'GET') {
    return new HandshakeError('Invalid HTTP method', 'WS_ERR_HANDSHAKE_METHOD', 405, {
      Allow: 'GET',
    });
  }
  if (
    request.httpVersionMajor < 1 ||
    (request.httpVersionMajor === 1 && request.httpVersionMinor < 1)
  ) {
    return badRequest('Invalid HTTP version', 'HTTP_VERSION');
  }
  const target = parseRequestTarget(request.url);
  if (target === null) return badRequest('Invalid request target', 'TARGET');
  // RFC 9112 3.2: 400 for no Host, more than one, or one that is not an authority.
  if (countHeader(rawHeaders, 'host') !== 1 || !HOST.test(headers.host ?? '')) {
    return badRequest('Missing or invalid Host header', 'HOST');
  }
  if (!headerHasToken(headers.upgrade, 'websocket')) {
    return badRequest('Invalid Upgrade header', 'UPGRADE');
  }
  if (!headerHasToken(headers.connection, 'upgrade')) {
    return badRequest('Invalid Connection header', 'CONNECTION');
  }
  // A repeated key or version (11.3.1, 11.3.5) is refused by its form: Node joins it to "x, x".
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY.test(key)) {
    return badRequest('Missing or invalid Sec-WebSocket-Key header', 'KEY');
  }
  const version = readVersion(headers['sec-websocket-version'], options.versions);
  if (version instanceof HandshakeError) return version;
  if (announcesBody(headers)) return badRequest('Invalid request body', 'BODY');
  const originHeader = version === 8 ? 'sec-websocket-origin' : 'origin';
  // A user agent sends one (RFC 6454 7.3); two would let checks that read either one disagree.
  if (countHeader(rawHeaders, originHeader) > 1) {
    return badRequest('Invalid Origin header', 'ORIGIN');
  }
  const protocols = readOptional(headers['sec-websocket-protocol'], parseSubprotocols);
  if (protocols === null) return badRequest('Invalid Sec-WebSocket-Protocol header', 'PROTOCOL');
  const extensions = readOptional<ExtensionOffer>(
    headers['sec-websocket-extensions'],
    parseExtensions,
  );
  if (extensions === null) {
    return badRequest('Invalid or unacceptable Sec-WebSocket-Extensions header', 'EXTENSIONS');
  }
  const origin = single(headers[originHeader]);
  return { key, version, protocols, extensions, origin, ...target };
}

function badRequest(message: string, rule: string): HandshakeError {
  return new HandshakeError(message, `WS_ERR_HANDSHAKE_${rule}`, 400);
}

/** The version, if spoken, else the 426 that lists those that are (RFC 6455 4.2.2/4 and 4.4). */
function readVersion(
  header: string | undefined,
  versions: readonly number[] = DEFAULT_VERSIONS,
): number | HandshakeError {
  const version = versions.find((candidate) => String(candidate) === header);
  if (version !== undefined) return version;
  const message = 'Missing or invalid Sec-WebSocket-Version header';
  return new HandshakeError(message, 'WS_ERR_HANDSHAKE_VERSION', 426, {
    // A 426 must name what to upgrade to (RFC 9110 15.5.22).
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': versions.join(', '),
  });
}

/** A body would be read as frames by one end and as a request by a proxy (request smuggling). */
function announcesBody(headers: HandshakeHead['headers']): boolean {
  const length = headers['content-length'];
  return (
    headers['transfer-encoding'] !== undefined || (length !== undefined && !/^0+$/.test(length))
  );
}

/** No header is an empty list; a header that is there must parse, even when it is empty. */
function readOptional<T>(
  header: string | undefined,
  parse: (header: string) => T[] | null,
): T[] | null {
  return header === undefined ? [] : parse(header);
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
