import type { IncomingHttpHeaders } from 'node:http';
import type { ExtensionOffer } from './extension-header.js';
import type { RequestTarget } from './request-target.js';

/** What is read of a request: the part of `http.IncomingMessage` that a test can write by hand. */
export interface HandshakeHead {
  readonly method?: string | undefined;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value …, repeated headers kept. */
  readonly rawHeaders: readonly string[];
}

/** What a client offers, whichever version of HTTP carries it (RFC 6455 4.2.1, RFC 8441 5). */
export interface ClientOffer {
  /** One of the versions the server speaks; 13 unless others were opted in. */
  version: number;
  /** Offered subprotocols in the client's order, unique. */
  protocols: readonly string[];
  /** Offered extensions in the client's order. */
  extensions: readonly ExtensionOffer[];
  /** As sent, `null` of an opaque origin included; undefined from most clients but browsers. */
  origin: string | undefined;
}

/** An opening handshake that broke no rule of RFC 6455 4.2.1. */
export interface ServerHandshake extends ClientOffer, RequestTarget {
  /** Sec-WebSocket-Key as sent: base64 of 16 bytes. HTTP/2 has none: '' there (RFC 8441 5). */
  key: string;
}
