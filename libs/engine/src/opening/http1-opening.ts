import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseCookies } from '../handshake/cookies.js';
import type { ExtensionOffer } from '../handshake/extension-header.js';
import type { Opening } from './opening.js';
import type { ServerHandshake } from '../handshake/opening-handshake.js';
import { isEncrypted } from '../sending/http2-stream.js';

/** The facts of an opening that came as a request of HTTP/1.1. */
export class Http1Opening implements Opening {
  readonly key: string;
  readonly version: number;
  readonly protocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
  readonly origin: string | undefined;
  readonly path: string;
  readonly query: string;
  readonly secure: boolean;

  /** @param handshake what was read of `request`, which came by `socket` */
  constructor(
    readonly request: IncomingMessage,
    private readonly socket: Duplex,
    handshake: ServerHandshake,
  ) {
    this.key = handshake.key;
    this.version = handshake.version;
    this.protocols = handshake.protocols;
    this.extensions = handshake.extensions;
    this.origin = handshake.origin;
    this.path = handshake.path;
    this.query = handshake.query;
    this.secure = isEncrypted(socket);
  }

  get url(): string {
    return this.request.url ?? this.path;
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  get host(): string | undefined {
    return this.request.headers.host;
  }

  get cookies(): Record<string, string> {
    return parseCookies(this.request.headers.cookie);
  }

  // Asked for when needed: Node keeps with the socket what the operating system says.
  get peerAddress(): string {
    // A request that came from another process has no socket.
    const { socket }: { socket?: Socket } = this.request;
    return (socket ?? (this.socket as Partial<Socket>)).remoteAddress ?? '';
  }
}
