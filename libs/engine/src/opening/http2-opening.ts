import type { IncomingHttpHeaders } from 'node:http';
import { parseCookies } from '../handshake/cookies.js';
import type { ExtensionOffer } from '../handshake/extension-header.js';
import type { Opening } from './opening.js';
import type { ServerHandshake } from '../handshake/opening-handshake.js';
import { isEncrypted, peerAddressOf } from '../sending/http2-stream.js';
import type { Http2Request } from './http2-request.js';

/** The facts of an opening that came as an extended CONNECT of HTTP/2 (RFC 8441). */
export class Http2Opening implements Opening {
  readonly key = '';
  readonly version: number;
  readonly protocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
  readonly origin: string | undefined;
  readonly path: string;
  readonly query: string;
  readonly secure: boolean;

  constructor(
    readonly request: Http2Request,
    handshake: ServerHandshake,
  ) {
    this.version = handshake.version;
    this.protocols = handshake.protocols;
    this.extensions = handshake.extensions;
    this.origin = handshake.origin;
    this.path = handshake.path;
    this.query = handshake.query;
    this.secure = isEncrypted(request.stream);
  }

  get url(): string {
    return this.request.url ?? this.path;
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  get host(): string | undefined {
    return this.request.authority;
  }

  get cookies(): Record<string, string> {
    return parseCookies(this.request.headers.cookie);
  }

  get peerAddress(): string {
    return peerAddressOf(this.request.stream);
  }
}
