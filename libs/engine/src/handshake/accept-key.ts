import crypto from 'node:crypto';

/** The constant every implementation appends to the key (RFC 6455 1.3). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

// The one-shot call needs no Hash object; runtimes that lack it still have createHash.
const sha1Base64: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha1', text, 'base64')
    : (text) => crypto.createHash('sha1').update(text).digest('base64');

/**
 * The value of Sec-WebSocket-Accept that proves a server has read the client's key (RFC 6455 4.2.2/5).
 * SHA-1 is no protection here: it only keeps caches and plain HTTP servers from answering by accident.
 * @param key the Sec-WebSocket-Key as sent, base64 and not decoded
 */
export function acceptKey(key: string): string {
  return sha1Base64(key + GUID);
}
