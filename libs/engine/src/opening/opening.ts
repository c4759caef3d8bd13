import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ServerHandshake } from '../handshake/opening-handshake.js';

/**
 * The facts of one opening, whichever version of HTTP brought it: all that the checks before the
 * answer go by. They are read, never written, and end with the decision: what is to outlive it is copied.
 */
export interface Opening extends Readonly<ServerHandshake> {
  /** The request they were read from. */
  readonly request: IncomingMessage;
  /** The request target as it was sent, query included. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Host and port the client asked for: the Host header, or `:authority` over HTTP/2. */
  readonly host: string | undefined;
  /** Parsed at each reading; a record without prototype (RFC 6265 5.4). */
  readonly cookies: Record<string, string>;
  /** Whether it came over TLS, as far as this process can see. */
  readonly secure: boolean;
  /** Of the other end of the connection, be it the client or a proxy; '' when unknown. */
  readonly peerAddress: string;
}
