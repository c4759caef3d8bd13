import { HandshakeError } from '../protocol/errors.js';
import { parseExtensions, type ExtensionOffer } from './extension-header.js';
import type { ClientOffer, HandshakeHead } from './opening-handshake.js';
import { countLines } from './raw-headers.js';
import { parseSubprotocols } from './subprotocol.js';

/** RFC 6455 is version 13. Version 8, a draft with the same framing, is opted in. */
const DEFAULT_VERSIONS: readonly number[] = [13];

/**
 * Reads the headers that mean the same over every version of HTTP (RFC 6455 4.2.1, RFC 8441 5): all but
 * those that make a request of HTTP/1.1 an upgrade. Never throws: what the client sent wrong is a
 * value, a `HandshakeError` whose `status` and `headers` are the answer to give.
 * @param versions spoken, the preferred one first; default `[13]`
 * @param headers of `head` as Node has them, if they are not
 */
export function readOffer(
  head: Pick<HandshakeHead, 'headers' | 'rawHeaders'>,
  versions: readonly number[] = DEFAULT_VERSIONS,
  headers = head.headers,
): ClientOffer | HandshakeError {
  // A repeated version (11.3.5) is refused by its form: Node joins it to "x, x".
  const version = readVersion(headers['sec-websocket-version'], versions);
  if (version instanceof HandshakeError) return version;
  if (announcesBody(headers)) return badRequest('Invalid request body', 'BODY');
  const originHeader = version === 8 ? 'sec-websocket-origin' : 'origin';
  // A user agent sends one (RFC 6454 7.3); two would let checks that read either one disagree.
  if (countLines(head, originHeader) > 1) {
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
  // Node joins what is repeated, set-cookie alone excepted.
  const origin = headers[originHeader] as string | undefined;
  return { version, protocols, extensions, origin };
}

/** @param rule of the opening handshake that was broken, as the end of the error's code */
export function badRequest(message: string, rule: string): HandshakeError {
  return new HandshakeError(message, `WS_ERR_HANDSHAKE_${rule}`, 400);
}

/** The version, if spoken, else the 426 that lists those that are (RFC 6455 4.2.2/4 and 4.4). */
function readVersion(
  header: string | undefined,
  versions: readonly number[],
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
