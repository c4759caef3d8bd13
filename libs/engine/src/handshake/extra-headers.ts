import { UsageError } from '../protocol/errors.js';
import { assertHeaderName, assertHeaderValue } from './header-tokens.js';

/** Headers the application adds to a message; an array is sent as one line for each value. */
export type ExtraHeaders = Readonly<Record<string, string | readonly string[]>>;

/** One header as it is sent, checked. */
export type HeaderField = readonly [name: string, value: string];

/**
 * What an opening handshake and its 101 write themselves, and the headers of a body, which neither
 * may have (RFC 9110 8.6, RFC 9112 6.1).
 */
export const HANDSHAKE_HEADERS =
  /^(?:sec-websocket-.*|upgrade|connection|content-length|transfer-encoding)$/i;

/**
 * Checks the application's headers, all of them before the first is used.
 * @param reserved matches the names only the handshake may write
 * @throws {UsageError} for a reserved name, a name that is no token, or a value that would break out
 *   of its line
 */
export function checkExtraHeaders(headers: ExtraHeaders, reserved: RegExp): HeaderField[] {
  const lines: HeaderField[] = [];
  for (const [name, value] of Object.entries(headers)) {
    assertHeaderName(name);
    if (reserved.test(name)) {
      throw new UsageError(`Cannot send the header ${name}: the handshake writes it itself`);
    }
    for (const line of Array.isArray(value) ? value : [value]) {
      assertHeaderValue(name, line);
      lines.push([name, line]);
    }
  }
  return lines;
}
