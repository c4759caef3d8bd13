import type { Socket } from 'node:net';
import { SocketTransport } from '#engine';
import type { ConnectionConfig } from '../config/config.js';
import { connectionLimits } from '../config/connection-limits.js';

const EMPTY = Buffer.alloc(0);

/** A transport over a socket on which somebody else has done the opening handshake; not started. */
export function adoptSocket(
  socket: Socket,
  protocol: string,
  isClient: boolean,
  config: ConnectionConfig,
): SocketTransport {
  const role = isClient ? 'client' : 'server';
  return new SocketTransport(socket, EMPTY, role, protocol, connectionLimits(config));
}
