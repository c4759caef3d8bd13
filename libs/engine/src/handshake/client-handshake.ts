import { randomBytes } from 'node:crypto';
import { UsageError } from '../protocol/errors.js';
import { formatExtensions, type ExtensionOffer } from './extension-header.js';
import { checkExtraHeaders, HANDSHAKE_HEADERS, type ExtraHeaders } from './extra-headers.js';
import { assertHeaderValue, isToken } from './header-tokens.js';

export {
  readHttp2Response,
  readServerResponse,
  type OfferedHandshake,
  type ResponseHead,
  type ServerSelection,
} from './server-response.js';

export interface ClientHandshakeOptions {
  /** A fresh `createKey()` for each connection. */
  key: string;
  /** Default 13; 8 is the draft with the same framing, for old servers. */
  version?: number;
  /** Subprotocols to offer, the preferred one first; default none. */
  protocols?: readonly string[];
  /** Extensions to request; default none. */
  extensions?: readonly ExtensionOffer[];
  /** Value of the Origin header (Sec-WebSocket-Origin in version 8); default none. */
  origin?: string;
  /** Extra headers, such as Authorization or Cookie. */
  headers?: ExtraHeaders;
}

/** A new Sec-WebSocket-Key: 16 random bytes in base64 (RFC 6455 4.1/7). */
export function createKey(): string {
  return randomBytes(16).toString('base64');
}

/**
 * Headers of the opening handshake as `http.request` takes them (RFC 6455 4.1). Host is left to
 * `http.request`, which knows the port.
 * @throws {UsageError} for a subprotocol that is no token or is offered twice, an extension outside
 *   the grammar, an origin given twice, or a header that is reserved or would break the request
 */
export function clientHandshakeHeaders(
  options: ClientHandshakeOptions,
): Record<string, string | string[]> {
  const { key } = options;
  const headers = clientOfferHeaders(options);
  headers['Upgrade'] = 'websocket';
  headers['Connection'] = 'Upgrade';
  assertHeaderValue('Sec-WebSocket-Key', key);
  headers['Sec-WebSocket-Key'] = key;
  return headers;
}

/**
 * Those of them that are the same over every version of HTTP: all there are over HTTP/2 (RFC 8441 5).
 * @throws {UsageError} as `clientHandshakeHeaders` does
 */
export function clientOfferHeaders(
  options: Omit<ClientHandshakeOptions, 'key'>,
): Record<string, string | string[]> {
  const { version = 13, protocols = [], extensions = [], origin } = options;
  // Without a prototype: "__proto__" is a legal name for a header.
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of checkExtraHeaders(options.headers ?? {}, HANDSHAKE_HEADERS)) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  headers['Sec-WebSocket-Version'] = String(version);
  if (protocols.length > 0) headers['Sec-WebSocket-Protocol'] = formatProtocols(protocols);
  if (extensions.length > 0) headers['Sec-WebSocket-Extensions'] = formatExtensions(extensions);
  if (origin !== undefined) {
    const name = version === 8 ? 'Sec-WebSocket-Origin' : 'Origin';
    // Which of the two wins would depend on the HTTP client, and both sent are refused by servers.
    if (Object.keys(headers).some((given) => given.toLowerCase() === name.toLowerCase())) {
      throw new UsageError(`Cannot send the header ${name}: it is given as an option too`);
    }
    assertHeaderValue(name, origin);
    headers[name] = origin;
  }
  return headers;
}

/** Non-empty, tokens, and each of them once (RFC 6455 4.1/10). */
function formatProtocols(protocols: readonly string[]): string {
  protocols.forEach((protocol, index) => {
    const problem = isToken(protocol) ? 'it is offered twice' : 'it is not a token';
    if (isToken(protocol) && protocols.indexOf(protocol) === index) return;
    throw new UsageError(`Cannot offer the subprotocol ${JSON.stringify(protocol)}: ${problem}`);
  });
  return protocols.join(', ');
}
