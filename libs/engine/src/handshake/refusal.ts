import { STATUS_CODES } from 'node:http';
import { UsageError } from '../protocol/errors.js';
import { checkExtraHeaders } from './extra-headers.js';
import { assertHeaderValue } from './header-tokens.js';

export interface RefusalOptions {
  /** Text of the body when `body` is not given; default the status text. */
  message?: string;
  /** Extra headers, one line each. */
  headers?: Readonly<Record<string, string>>;
  /** Body instead of the message. A string is sent as UTF-8. */
  body?: string | Buffer;
  /** Default `text/plain; charset=utf-8`. */
  contentType?: string;
}

/** What decides where the response ends is written here alone (RFC 9112 6). */
const FRAMING_HEADERS = /^(?:connection|content-length|transfer-encoding)$/i;

/**
 * A whole HTTP/1.1 response that turns an upgrade down and closes the connection (RFC 6455 4.2.2).
 * @param status 300 to 599
 * @returns one character per byte: to be written as 'latin1', whatever the body's encoding is
 * @throws {UsageError} for a status out of range, or a header that is reserved or would break the
 *   response
 */
export function refusal(status: number, options: RefusalOptions): string {
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    throw new UsageError(
      `Cannot refuse an upgrade: status must be 300 to 599, current value is ${String(status)}`,
    );
  }
  const { headers = {}, message, body, contentType } = options;
  const reason = STATUS_CODES[status] ?? '';
  const bytes = toLatin1(body ?? message ?? (reason || String(status)));
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  let connection = 'close';
  let givenType: string | undefined;
  for (const [name, value] of checkExtraHeaders(headers, FRAMING_HEADERS)) {
    if (/^content-type$/i.test(name)) {
      givenType = value;
      continue;
    }
    // Upgrade concerns this hop only, so Connection must list it (RFC 9110 7.8).
    if (/^upgrade$/i.test(name)) connection = 'close, Upgrade';
    head += `${name}: ${value}\r\n`;
  }
  head += `Connection: ${connection}\r\n`;
  // A 304 ends with its head (RFC 9112 6.3): a body would be read as the next response.
  if (status === 304) return `${head}\r\n`;
  const type = contentType ?? givenType ?? 'text/plain; charset=utf-8';
  assertHeaderValue('Content-Type', type);
  return `${head}Content-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`;
}

function toLatin1(body: string | Buffer): string {
  return (typeof body === 'string' ? Buffer.from(body, 'utf8') : body).toString('latin1');
}
