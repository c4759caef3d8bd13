import { STATUS_CODES } from 'node:http';
import { checkRefusal, type Refusal } from './checked-refusal.js';

export type { Refusal } from './checked-refusal.js';

/**
 * A whole HTTP/1.1 response that turns an upgrade down and closes the connection (RFC 6455 4.2.2).
 * @param status 300 to 599
 * @returns one character per byte: to be written as 'latin1', whatever the body's encoding is
 * @throws {UsageError} for a status out of range, or a header that is reserved or would break the
 *   response
 */
export function refusal(status: number, options: Refusal): string {
  const { fields, contentType, body } = checkRefusal(status, options);
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  let connection = 'close';
  for (const [name, value] of fields) {
    // Upgrade concerns this hop only, so Connection must list it (RFC 9110 7.8).
    if (/^upgrade$/i.test(name)) connection = 'close, Upgrade';
    head += `${name}: ${value}\r\n`;
  }
  head += `Connection: ${connection}\r\n`;
  if (body === null) return `${head}\r\n`;
  return `${head}Content-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n${body.toString('latin1')}`;
}
