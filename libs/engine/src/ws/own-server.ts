import { STATUS_CODES, createServer, type Server } from 'node:http';

/** Milliseconds between looks for requests that take too long. */
const CHECK_INTERVAL = 1_000;

/**
 * The HTTP server of a `WebSocketServer` that listens itself. It answers plain requests 426, for there is
 * nothing but WebSocket here (RFC 9110 15.5.22).
 * @param handshakeTimeout milliseconds a request may take to be complete; 0 = as Node has it
 */
export function createOwnServer(handshakeTimeout: number): Server {
  const body = STATUS_CODES[426]!;
  // A request that is sent slowly is cut off when an upgrade would be, not after Node's minute.
  const times =
    handshakeTimeout > 0
      ? { headersTimeout: handshakeTimeout, connectionsCheckingInterval: CHECK_INTERVAL }
      : {};
  const server = createServer(times, (_request, response) => {
    response.writeHead(426, {
      'Content-Type': 'text/plain',
      Upgrade: 'websocket',
      // Closed, for it counts as pending as long as it is open, and nothing else is to be had here.
      Connection: 'close, Upgrade',
    });
    response.end(body);
  });
  return server;
}
