import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { now, WheelTimer } from '../runtime/timer-wheel.js';

/** Milliseconds in which a connection may send its request without being counted. */
export const PENDING_GRACE = 1_000;

/**
 * Bounds the connections of one address that have not sent their request, so that half-sent requests
 * cannot use up the process's sockets. A burst is no attack: who sends the request within a second is
 * never counted. For servers that do nothing but WebSocket: to count an HTTP server's idle keep-alive
 * connections would be wrong.
 */
export class PendingConnections extends WheelTimer {
  private readonly counts = new Map<string, number>();
  /** Those that are counted, by address. */
  private readonly addresses = new WeakMap<Duplex, string>();
  /** Those that are not yet, by when they came, the oldest first. */
  private readonly young = new Map<Socket, number>();

  /** @param most connections of one address; one more is destroyed. 0 = no limit */
  constructor(
    server: Server,
    private readonly most: number,
  ) {
    super();
    if (most > 0) server.on('connection', (socket) => this.add(socket));
  }

  /** The socket's request is complete, or it is gone. */
  settle(socket: Duplex): void {
    if (this.young.delete(socket as Socket)) return;
    const address = this.addresses.get(socket);
    if (address === undefined) return;
    this.addresses.delete(socket);
    const left = this.counts.get(address)! - 1;
    if (left === 0) this.counts.delete(address);
    else this.counts.set(address, left);
  }

  private add(socket: Socket): void {
    // Nobody is counted as long as all send their requests: then the system is not asked for an address.
    if (this.counts.size > 0 && (this.counts.get(addressOf(socket)) ?? 0) >= this.most) {
      socket.destroy();
      return;
    }
    this.young.set(socket, now());
    socket.once('close', () => this.settle(socket));
    if (!this.running) this.start(PENDING_GRACE);
  }

  protected override expired(): void {
    // A busy process may not have read yet what came in time: that is done before this is called.
    setImmediate(() => this.countOld());
  }

  private countOld(): void {
    const time = now();
    for (const [socket, since] of this.young) {
      const left = since + PENDING_GRACE - time;
      if (left > 0) {
        this.start(left);
        return;
      }
      this.young.delete(socket);
      this.count(socket);
    }
  }

  private count(socket: Socket): void {
    const address = addressOf(socket);
    const count = (this.counts.get(address) ?? 0) + 1;
    if (count > this.most) {
      socket.destroy();
      return;
    }
    this.counts.set(address, count);
    this.addresses.set(socket, address);
  }
}

function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress;
}
