import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TEST_CERTIFICATE } from './test-certificate.js';

const open = new Map<Server | HttpsServer, Set<Socket>>();

/** Listens on a free port of 127.0.0.1. @returns the port */
export async function listen(server: Server | HttpsServer): Promise<number> {
  const sockets = new Set<Socket>();
  open.set(server, sockets);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends every server that was started with `listen`, and its connections. */
export async function closeHttpServers(): Promise<void> {
  const closing = [...open].map(async ([server, sockets]) => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  });
  open.clear();
  await Promise.all(closing);
}

export function httpServer(): Server {
  return createServer((_request, response) => response.end('plain HTTP'));
}

export function httpsServer(): HttpsServer {
  return createHttpsServer(TEST_CERTIFICATE, (_request, response) => response.end('plain HTTPS'));
}

/** The next upgrade that arrives at `server`. */
export async function nextUpgrade(
  server: Server | HttpsServer,
): Promise<[request: IncomingMessage, socket: Duplex, head: Buffer]> {
  return new Promise((resolve) => {
    server.once('upgrade', (...upgrade: [IncomingMessage, Duplex, Buffer]) => resolve(upgrade));
  });
}
