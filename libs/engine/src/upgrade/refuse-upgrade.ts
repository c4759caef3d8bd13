import type { Duplex } from 'node:stream';
import { refusal, type Refusal } from '../handshake/refusal.js';
import { WheelTimer } from '../runtime/timer-wheel.js';

export type { Refusal } from '../handshake/refusal.js';

/** Milliseconds a refused client may keep its side open before the socket is destroyed. */
const LINGER = 5_000;

class LingerTimer extends WheelTimer {
  constructor(private readonly socket: Duplex) {
    super();
  }

  protected override expired(): void {
    this.socket.destroy();
  }
}

/**
 * Answers an upgrade with an HTTP error and ends the connection (RFC 6455 4.2.2). What the client
 * sends after its request is read and thrown away, never parsed: closing with unread bytes would
 * make TCP reset the connection, and the client would lose the answer.
 */
export function refuseUpgrade(socket: Duplex, status: number, options: Refusal = {}): void {
  const response = refusal(status, options);
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(response, 'latin1');
  linger(socket, LINGER);
}

/** Reads on and throws away what comes, until the client has left; its socket is destroyed after `time` milliseconds. */
export function linger(socket: Duplex, time: number): void {
  if (socket.listenerCount('error') === 0) socket.on('error', () => socket.destroy());
  const timer = new LingerTimer(socket);
  socket.once('close', () => timer.stop());
  timer.start(time);
  socket.resume();
}
