import { acceptKey } from './accept-key.js';
import type { HeaderField } from './extra-headers.js';

/**
 * The whole head of the 101 response, up to and with its empty line (RFC 6455 4.2.2/5). Written as
 * Latin-1.
 * @param key the client's Sec-WebSocket-Key
 * @param fields what follows the four lines every response has, as `acceptedFields` gives them
 */
export function switchingProtocols(key: string, fields: readonly HeaderField[]): string {
  let head =
    'HTTP/1.1 101 Switching Protocols\r\n' +
    'Upgrade: websocket\r\n' +
    'Connection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n`;
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`;
  return `${head}\r\n`;
}
