import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import type { Http2Stream, IncomingHttpHeaders as Http2Headers } from 'node:http2';

/**
 * The head of a message of HTTP/2 as what programs expect that look at requests and responses of a
 * WebSocket: `headers` without pseudo-headers, `socket` with the address of the peer. What follows it is
 * the connection, and not to be had here.
 */
export class Http2Message extends IncomingMessage {
  constructor(stream: Http2Stream, headers: Http2Headers, rawHeaders: readonly string[] = []) {
    // Node's stand-in for the socket of the session: it is read, and refuses to be written to or ended.
    super(stream.session!.socket);
    this.httpVersion = '2.0';
    this.httpVersionMajor = 2;
    this.httpVersionMinor = 0;
    this.headers = plainHeaders(headers);
    this.rawHeaders = plainLines(rawHeaders);
    this.complete = true;
    this.push(null);
  }

  override _read(): void {
    // Nothing is left to be read.
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // The socket is the session's, and carries other streams.
    callback(error);
  }
}

function plainHeaders(headers: Http2Headers): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}

function plainLines(rawHeaders: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (!rawHeaders[at]!.startsWith(':')) lines.push(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  return lines;
}
