import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { readServerHandshake } from '../handshake/server-handshake.js';
import { HandshakeError } from '../protocol/errors.js';
import { publishRefusal } from '../runtime/diagnostics.js';
import { WheelTimer } from '../runtime/timer-wheel.js';
import { isSocketClaimed } from '../transport/socket-events.js';
import { refuseInFrames, type RefuseInFrames } from './framed-refusal.js';
import { Http1Answer } from '../opening/http1-answer.js';
import { Http1Opening } from '../opening/http1-opening.js';
import { refuseUpgrade, type Refusal } from '../opening/refuse-upgrade.js';
import { dropUpgrade, hasUnanswered } from './unanswered.js';

/** Told that an upgrade needs to be remembered no longer. */
type Forget = (upgrade: UnclaimedUpgrade) => void;

/**
 * An upgrade that no route claims, while listeners that are not known here may take it. Node has let go
 * of its socket: if they do not answer, nobody else ever would.
 */
export class UnclaimedUpgrade extends WheelTimer {
  private readonly written: number;
  private readonly readers: number;

  /**
   * @param isFirst whether no listener has seen the upgrade yet, so that what they do is told by the
   *   difference; else whatever was done counts
   * @param inFrames says whether it is refused in frames
   */
  constructor(
    private readonly request: IncomingMessage,
    private readonly socket: Duplex,
    private readonly forget: Forget,
    isFirst: boolean,
    private readonly inFrames: RefuseInFrames | undefined,
  ) {
    super();
    this.written = isFirst ? bytesWritten(socket) : 0;
    this.readers = isFirst ? readersOf(socket) : 0;
  }

  /** Nobody else can take it. */
  refuse(): void {
    this.answer(404, { message: 'No WebSocket is served at this path' });
  }

  /** @param patience milliseconds until it is refused unless somebody has taken it */
  hold(patience: number): void {
    // Node has taken its own listener away, and an 'error' without any ends the process.
    this.socket.on('error', ignoreError);
    this.socket.once('close', () => this.end());
    this.start(patience);
  }

  /** The server goes away: whoever has not been taken by now is told to come again. */
  release(): void {
    if (!this.isTaken()) {
      this.answer(503, { message: 'The server is closing', headers: { 'Retry-After': '1' } });
    }
    this.end();
  }

  protected override expired(): void {
    if (!this.isTaken()) this.refuse();
    this.end();
  }

  /**
   * Whether somebody has begun to answer it, read it or end it. Listeners for its errors, timeouts and
   * end are no sign: whoever is given a socket adds these first of all.
   */
  private isTaken(): boolean {
    const { socket } = this;
    return (
      socket.destroyed ||
      !socket.writable ||
      isSocketClaimed(socket) ||
      bytesWritten(socket) !== this.written ||
      socket.readableFlowing === true ||
      readersOf(socket) > this.readers
    );
  }

  private answer(status: number, refusal: Refusal): void {
    if (hasUnanswered(this.socket, this.request)) dropUpgrade(this.socket);
    else if (!this.answeredInFrames(status, refusal)) refuseUpgrade(this.socket, status, refusal);
    publishRefusal(this.request, status, null);
  }

  private answeredInFrames(status: number, refusal: Refusal): boolean {
    const { request, socket, inFrames } = this;
    const handshake = inFrames === undefined ? null : readServerHandshake(request);
    // Who has not asked for a WebSocket as RFC 6455 says reads no frames either.
    if (handshake === null || handshake instanceof HandshakeError) return false;
    const opening = new Http1Opening(request, socket, handshake);
    return refuseInFrames(inFrames, new Http1Answer(socket), opening, status, refusal);
  }

  private end(): void {
    this.stop();
    this.forget(this);
  }
}

/** What waits in the stream included, whatever kind of stream it is. */
function bytesWritten(socket: Duplex & Partial<Pick<Socket, 'bytesWritten'>>): number {
  return socket.bytesWritten ?? socket.writableLength;
}

function readersOf(socket: Duplex): number {
  return socket.listenerCount('data') + socket.listenerCount('readable');
}

function ignoreError(): void {
  // The 'close' that follows ends the wait.
}
