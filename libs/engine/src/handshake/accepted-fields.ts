import { UsageError } from '../protocol/errors.js';
import { formatExtensions, type ExtensionOffer } from './extension-header.js';
import {
  checkExtraHeaders,
  HANDSHAKE_HEADERS,
  type ExtraHeaders,
  type HeaderField,
} from './extra-headers.js';
import type { ClientOffer } from './opening-handshake.js';

/** What the client is told of the connection it gets. */
export interface AcceptanceTerms {
  /** One of the offered subprotocols; none by default. */
  protocol?: string;
  /** What was negotiated of the requested extensions, as the response states it; default none. */
  extensions?: readonly ExtensionOffer[];
  /** Extra headers; an array is sent as one line for each value (Set-Cookie). */
  headers?: ExtraHeaders;
}

/**
 * The header fields that accept an offer, in the order they are sent, the same over every version of
 * HTTP (RFC 6455 4.2.2/5, RFC 8441 5). Checked: whoever writes them has nothing left to look at.
 * @throws {UsageError} for a subprotocol or extension the client did not offer, or a header that is
 *   reserved or would break the response
 */
export function acceptedFields(
  offer: Pick<ClientOffer, 'protocols' | 'extensions'>,
  { protocol, extensions = [], headers }: AcceptanceTerms,
): HeaderField[] {
  const fields: HeaderField[] = [];
  if (protocol !== undefined) {
    if (!offer.protocols.includes(protocol)) {
      throw new UsageError(
        `Cannot select the subprotocol ${JSON.stringify(protocol)}: the client did not offer it`,
      );
    }
    fields.push(['Sec-WebSocket-Protocol', protocol]);
  }
  if (extensions.length > 0) {
    for (const { name } of extensions) assertRequested(offer, name);
    fields.push(['Sec-WebSocket-Extensions', formatExtensions(extensions)]);
  }
  if (headers !== undefined) fields.push(...checkExtraHeaders(headers, HANDSHAKE_HEADERS));
  return fields;
}

/** A client must fail a connection that uses an extension it did not request (RFC 6455 9.1). */
function assertRequested(offer: Pick<ClientOffer, 'extensions'>, name: string): void {
  if (offer.extensions.some((requested) => requested.name === name)) return;
  throw new UsageError(
    `Cannot accept the extension ${JSON.stringify(name)}: the client did not request it`,
  );
}
