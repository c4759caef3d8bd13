import type { IncomingHttpHeaders } from 'node:http';
import type { ExtensionOffer } from './extension-header.js';

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

/** An opening handshake that broke no rule of RFC 6455 4.2.1. */
export interface ServerHandshake {
  /** Sec-WebSocket-Key as sent: base64 of 16 bytes. */
  key: string;
  /** One of the versions the server speaks; 13 unless others were opted in. */
  version: number;
  /** Offered subprotocols in the client's order, unique. */
  protocols: readonly string[];
  /** Offered extensions in the client's order. */
  extensions: readonly ExtensionOffer[];
  /** As sent, `null` of an opaque origin included; undefined from most clients but browsers. */
  origin: string | undefined;
  /** Request target without the query, not decoded; begins with "/". */
  path: string;
  /** Without its "?", not decoded; '' when there is none. */
  query: string;
}
