import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Bounds the connections of one address that have not finished their handshake, so that half-sent
 * requests cannot use up the process's sockets. For servers that do nothing but WebSocket: to count
 * an HTTP server's idle keep-alive connections would be wrong.
 */
export class PendingConnections {
  private readonly counts = new Map<string, number>();
  private readonly addresses = new WeakMap<Duplex, string>();

  /** @param most connections of one address; one more is destroyed */
  constructor(server: Server, most: number) {
    server.on('connection', (socket) => this.add(socket, most));
  }

  /** The socket's request is complete, or it is gone. */
  settle(socket: Duplex): void {
    const address = this.addresses.get(socket);
    if (address === undefined) return;
    this.addresses.delete(socket);
    const left = this.counts.get(address)! - 1;
    if (left === 0) this.counts.delete(address);
    else this.counts.set(address, left);
  }

  private add(socket: Socket, most: number): void {
    const address = socket.remoteAddress ?? '';
    const count = (this.counts.get(address) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    this.counts.set(address, count);
    this.addresses.set(socket, address);
    socket.once('close', () => this.settle(socket));
  }
}
