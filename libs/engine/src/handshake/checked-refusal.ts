import { STATUS_CODES } from 'node:http';
import { UsageError } from '../protocol/errors.js';
import { checkExtraHeaders, type HeaderField } from './extra-headers.js';
import { assertHeaderValue } from './header-tokens.js';

/** What an upgrade is refused with, beside the status. */
export interface Refusal {
  /** One line for the reader of the response, its body; default the status text. */
  message?: string;
  /** Extra headers, one line each. */
  headers?: Readonly<Record<string, string>>;
  /** Body instead of the message. A string is sent as UTF-8. */
  body?: string | Buffer;
  /** Default `text/plain; charset=utf-8`. */
  contentType?: string;
  /** Why, for `RefuseInFrames`. Nothing of it is in an answer over HTTP. */
  cause?: unknown;
}

/** The parts of a refusal that are the same over every version of HTTP. */
export interface CheckedRefusal {
  /** Without Content-Type and what says where the response ends. */
  readonly fields: readonly HeaderField[];
  readonly contentType: string;
  /** Null for a response that ends with its head. */
  readonly body: Buffer | null;
}

/** What decides where the response ends is written by whoever sends it (RFC 9112 6). */
const FRAMING_HEADERS = /^(?:connection|content-length|transfer-encoding)$/i;

/**
 * @param status 300 to 599
 * @throws {UsageError} for a status out of range, or a header that is reserved or would break the
 *   response
 */
export function checkRefusal(status: number, options: Refusal): CheckedRefusal {
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    throw new UsageError(
      `Cannot refuse an upgrade: status must be 300 to 599, current value is ${String(status)}`,
    );
  }
  const { headers = {}, message, body } = options;
  let givenType: string | undefined;
  const fields: HeaderField[] = [];
  for (const field of checkExtraHeaders(headers, FRAMING_HEADERS)) {
    if (/^content-type$/i.test(field[0])) givenType = field[1];
    else fields.push(field);
  }
  const contentType = options.contentType ?? givenType ?? 'text/plain; charset=utf-8';
  // A 304 ends with its head (RFC 9112 6.3): a body would be read as the next response.
  if (status === 304) return { fields, contentType, body: null };
  assertHeaderValue('Content-Type', contentType);
  return { fields, contentType, body: toBytes(body ?? message ?? textOf(status)) };
}

/** Also of a status without a text, so that the client has something to show. */
function textOf(status: number): string {
  return STATUS_CODES[status] || String(status);
}

function toBytes(body: string | Buffer): Buffer {
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}
