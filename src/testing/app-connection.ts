import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { INestApplication } from '@nestjs/common';
import { MemorySocket } from './memory-socket.js';
import { WsTestError } from './test-errors.js';

/** The way to a server: a URL, and what opens the connection when it is not the network. */
export interface Route {
  readonly url: string;
  readonly createConnection?: () => Duplex;
}

/**
 * The way to an application: over its port when it listens, otherwise in memory, where its HTTP server
 * gets the other end of a pair of streams as if it had accepted a connection.
 * @param app an application, initialised if it is not yet; or the URL of one that runs somewhere
 * @param path with a leading slash, the query included
 */
export async function routeTo(
  app: INestApplication | string | URL,
  path: string,
  inMemory?: boolean,
): Promise<Route> {
  if (typeof app === 'string' || app instanceof URL) return { url: new URL(path, app).href };
  await app.init();
  const server: unknown = app.getHttpServer();
  if (!isServer(server)) {
    throw new WsTestError('Cannot connect: the application has no HTTP server');
  }
  const secure = server instanceof TlsServer;
  const scheme = secure ? 'wss' : 'ws';
  const address = server.address();
  if (inMemory !== true && address !== null && typeof address === 'object') {
    return { url: `${scheme}://${hostOf(address.address)}:${address.port}${path}` };
  }
  return { url: `ws://localhost${path}`, createConnection: () => acceptInMemory(server, secure) };
}

/** Node's HTTP servers take any duplex stream for a connection that is handed to them so. */
function acceptInMemory(server: Server, secure: boolean): Duplex {
  const [ours, theirs] = MemorySocket.pair(secure);
  server.emit(secure ? 'secureConnection' : 'connection', theirs);
  return ours;
}

/** An address to connect to: servers on all interfaces answer on the loopback one. */
function hostOf(address: string): string {
  if (address === '::') return 'localhost';
  if (address === '0.0.0.0') return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}

function isServer(value: unknown): value is Server {
  return typeof value === 'object' && value !== null && 'address' in value && 'emit' in value;
}
