import type { IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Http2Head } from './http2-handshake.js';
import { Http2Message } from '../handshake/http2-message.js';

/**
 * An extended CONNECT as the request of a WebSocket: `url` is its path, `headers` have the `host` that was
 * asked for.
 */
export class Http2Request extends Http2Message implements Http2Head {
  readonly protocol: string | undefined;
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly path: string | undefined;

  /** Of a program's own listener comes a request of `node:http2`, which has the same headers. */
  static of(request: IncomingMessage, stream: ServerHttp2Stream): Http2Request {
    if (request instanceof Http2Request) return request;
    return new Http2Request(stream, request.headers, request.rawHeaders);
  }

  constructor(
    readonly stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[] = [],
  ) {
    super(stream, headers, rawHeaders);
    this.method = 'CONNECT';
    this.protocol = headers[':protocol'];
    this.scheme = headers[':scheme'];
    this.authority = headers[':authority'];
    this.path = headers[':path'];
    this.url = this.path ?? '';
    this.headers.host ??= this.authority;
  }
}
