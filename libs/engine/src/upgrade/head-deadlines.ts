import { Server as HttpServer, type IncomingMessage } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { now, WheelTimer } from '../runtime/timer-wheel.js';

/** What Node answers when its own time is up, a minute or more after the connection came. */
const REQUEST_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/** Who listens to one of these is told of requests that no 'request' listener hears of. */
const OTHER_REQUESTS = ['checkContinue', 'checkExpectation', 'connect'] as const;

/** A connection that has asked for nothing yet. */
interface Silent {
  readonly since: number;
  readonly left: () => void;
}

/**
 * Ends connections of an HTTP server whose first request is not there in time. Nobody can tell whether an
 * upgrade is to come before its head is whole, so they are all connections that ask for nothing. Servers of
 * HTTP/2 keep their own times. It hears of plain requests by itself, of upgrades it has to be told.
 */
export class HeadDeadlines extends WheelTimer {
  // The oldest first.
  private readonly silent = new Map<Socket, Silent>();

  /** @param timeout milliseconds */
  constructor(
    private readonly server: HttpServer | HttpsServer,
    private readonly timeout: number,
  ) {
    super();
    if (server instanceof HttpsServer) server.on('secureConnection', this.came);
    else if (server instanceof HttpServer) server.on('connection', this.came);
    // First, for another listener may throw.
    server.prependListener('request', this.asked);
  }

  /** Nothing is ended any more. */
  end(): void {
    const { server } = this;
    server.removeListener('secureConnection', this.came);
    server.removeListener('connection', this.came);
    server.removeListener('request', this.asked);
    for (const socket of this.silent.keys()) this.forget(socket);
    this.stop();
  }

  /** The head of a request has come on `socket`. */
  heard(socket: Socket): void {
    if (this.silent.size > 0) this.forget(socket);
  }

  protected override expired(time: number): void {
    for (const [socket, { since }] of this.silent) {
      const left = since + this.timeout - time;
      if (left > 0) {
        this.start(left);
        return;
      }
      this.forget(socket);
      socket.write(REQUEST_TIMEOUT, 'latin1');
      socket.destroy();
    }
  }

  private readonly came = (socket: Socket): void => {
    if (OTHER_REQUESTS.some((event) => this.server.listenerCount(event) > 0)) return;
    const left = (): void => void this.silent.delete(socket);
    this.silent.set(socket, { since: now(), left });
    socket.on('close', left);
    if (!this.running) this.start(this.timeout);
  };

  private readonly asked = ({ socket }: IncomingMessage): void => this.heard(socket);

  private forget(socket: Socket): void {
    const silent = this.silent.get(socket);
    if (silent === undefined) return;
    this.silent.delete(socket);
    socket.removeListener('close', silent.left);
  }
}
