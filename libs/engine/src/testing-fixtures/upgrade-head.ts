import { createHash } from 'node:crypto';

/** The key of RFC 6455 1.2, whose answer is known from there. */
export const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const SAMPLE_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

type Value = string | readonly string[] | null;

export interface UpgradeHead {
  /** Instead of `GET / HTTP/1.1`. */
  line?: string;
  /** By name; null leaves out one of the headers of every handshake, an array is a line for each. */
  headers?: Readonly<Record<string, Value>>;
}

/** A client's opening handshake as it stands on the wire, right unless told otherwise. */
export function upgradeHead({ line = 'GET / HTTP/1.1', headers = {} }: UpgradeHead = {}): string {
  return head(line, {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': SAMPLE_KEY,
    'Sec-WebSocket-Version': '13',
    ...headers,
  });
}

/** A server's answer to the handshake with `key`, right unless told otherwise. */
export function switchingHead(
  key: string,
  { line = 'HTTP/1.1 101 Switching Protocols', headers = {} }: UpgradeHead = {},
): string {
  return head(line, {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': naiveAccept(key),
    ...headers,
  });
}

/** RFC 6455 4.2.2/5, step by step. */
export function naiveAccept(key: string): string {
  const joined = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  return createHash('sha1').update(joined).digest('base64');
}

function head(line: string, headers: Readonly<Record<string, Value>>): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return `${line}\r\n${lines.join('')}\r\n`;
}
