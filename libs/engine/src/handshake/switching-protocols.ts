import { UsageError } from '../protocol/errors.js';
import { acceptKey } from './accept-key.js';
import { formatExtensions, type ExtensionOffer } from './extension-header.js';
import { checkExtraHeaders, HANDSHAKE_HEADERS, type ExtraHeaders } from './extra-headers.js';
import type { ServerHandshake } from './opening-handshake.js';

interface SwitchingProtocolsOptions {
  /** One of the offered subprotocols; none by default. */
  protocol?: string;
  /** What was negotiated of the requested extensions, as the response states it; default none. */
  extensions?: readonly ExtensionOffer[];
  /** Extra headers; an array is sent as one line for each value (Set-Cookie). */
  headers?: ExtraHeaders;
}

/**
 * The whole head of the 101 response, up to and with its empty line (RFC 6455 4.2.2/5). Written as
 * Latin-1.
 * @throws {UsageError} for a subprotocol or extension the client did not offer, or a header that is
 *   reserved or would break the response
 */
export function switchingProtocols(
  handshake: ServerHandshake,
  options: SwitchingProtocolsOptions,
): string {
  const { protocol, extensions = [], headers = {} } = options;
  let head =
    'HTTP/1.1 101 Switching Protocols\r\n' +
    'Upgrade: websocket\r\n' +
    'Connection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${acceptKey(handshake.key)}\r\n`;
  if (protocol !== undefined) {
    if (!handshake.protocols.includes(protocol)) {
      throw new UsageError(
        `Cannot select the subprotocol ${JSON.stringify(protocol)}: the client did not offer it`,
      );
    }
    head += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  }
  if (extensions.length > 0) {
    for (const { name } of extensions) assertRequested(handshake, name);
    head += `Sec-WebSocket-Extensions: ${formatExtensions(extensions)}\r\n`;
  }
  for (const [name, value] of checkExtraHeaders(headers, HANDSHAKE_HEADERS)) {
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

/** A client must fail a connection that uses an extension it did not request (RFC 6455 9.1). */
function assertRequested(handshake: ServerHandshake, name: string): void {
  if (handshake.extensions.some((offer) => offer.name === name)) return;
  throw new UsageError(
    `Cannot accept the extension ${JSON.stringify(name)}: the client did not request it`,
  );
}
