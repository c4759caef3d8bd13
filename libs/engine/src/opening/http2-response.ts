import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { HeaderField } from '../handshake/extra-headers.js';
import { UsageError } from '../protocol/errors.js';

/** What concerns one hop of HTTP/1.1 must not be sent (RFC 9113 8.2.2). */
const ONE_HOP =
  /^(?:connection|upgrade|keep-alive|proxy-connection|transfer-encoding|http2-settings)$/;

/**
 * Writes the head of an answer.
 * @param endStream whether it is all of it
 * @throws {UsageError} for fields that HTTP/2 or Node does not send. Nothing is written then.
 */
export function respond(
  stream: ServerHttp2Stream,
  status: number,
  fields: readonly HeaderField[],
  endStream: boolean,
): void {
  const headers: OutgoingHttpHeaders = { ':status': status };
  for (const [given, value] of fields) {
    const name = given.toLowerCase();
    if (ONE_HOP.test(name)) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat().map(String);
  }
  try {
    stream.respond(headers, { endStream });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot answer over HTTP/2: ${why}`);
  }
}
