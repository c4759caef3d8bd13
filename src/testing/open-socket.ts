import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { WebSocket } from '#ws';
import type { Route } from './app-connection.js';
import { WsRefusedError, WsTestError } from './test-errors.js';

interface OpenOptions {
  headers: Record<string, string>;
  protocols: readonly string[];
  /** Milliseconds. */
  timeout: number;
}

/** A connection that is on its way. */
interface OpeningSocket {
  readonly socket: WebSocket;
  /**
   * Gives the headers of the 101 response; rejects with a `WsRefusedError` for another status and with a
   * `WsTestError` when there is no answer.
   */
  readonly opened: Promise<IncomingHttpHeaders>;
}

export function openSocket(
  { url, createConnection }: Route,
  path: string,
  { headers, protocols, timeout }: OpenOptions,
): OpeningSocket {
  const socket = new WebSocket(url, protocols, {
    headers,
    handshakeTimeout: timeout,
    // Frames are easier to read, and nobody vouches for the certificates of tests.
    perMessageDeflate: false,
    rejectUnauthorized: false,
    ...(createConnection === undefined ? {} : { createConnection }),
  });
  const opened = new Promise<IncomingHttpHeaders>((resolve, reject) => {
    let answered: IncomingHttpHeaders = {};
    socket.on('upgrade', (response) => {
      answered = response.headers;
    });
    socket.on('open', () => resolve(answered));
    socket.on('error', (cause) => {
      reject(new WsTestError(`Cannot connect to ${path}: ${cause.message}`, '', { cause }));
    });
    socket.on('unexpected-response', (_request, response) => {
      void readBody(response).then((body) => {
        reject(new WsRefusedError(path, response.statusCode ?? 0, response.headers, body));
      });
    });
  });
  return { socket, opened };
}

async function readBody(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Of a body that is cut off, what came: the status is known all the same.
  await once(response, 'end').catch(() => {});
  const text = Buffer.concat(chunks).toString();
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
