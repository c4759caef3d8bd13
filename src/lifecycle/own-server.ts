import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { OwnPort } from '../options/ws-options.resolver.js';

/** A server for the gateways alone. It does not listen yet. */
export function createOwnServer({ tls }: OwnPort): Server {
  return tls === undefined ? createServer(upgradeOnly) : createTlsServer(tls, upgradeOnly);
}

/** @returns once the port is taken; rejects when it cannot be, for instance with EADDRINUSE */
export function listen(server: Server, { port, host }: OwnPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Stops listening and cuts off plain HTTP clients; WebSockets have been closed before. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** RFC 9110 15.5.22: says what to come back with. */
const upgradeOnly: RequestListener = (_request, response) => {
  const body = 'This port serves WebSocket connections only';
  response.writeHead(426, {
    Upgrade: 'websocket',
    Connection: 'Upgrade, close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
};
