import type { ServerHttp2Stream } from 'node:http2';
import { nextTurn, type TurnTaker } from '../runtime/turn-schedule.js';

/** Requests of one session that are looked at in one turn of the event loop. */
const EACH_TURN = 4;

interface WaitingStream {
  readonly stream: ServerHttp2Stream;
  readonly take: () => void;
}

/**
 * The WebSockets of one session, and its requests for more, which wait for a turn of the event loop: hundreds
 * come with one read, and one that is reset by then is not looked at (CVE-2023-44487).
 */
export class SessionStreams implements TurnTaker {
  readonly turnsAtOnce = 1;
  /** WebSockets it has, and requests somebody decides about. */
  open = 0;
  private readonly waiting: WaitingStream[] = [];

  /** Calls `take` in a later turn, unless the client has left by then. */
  wait(stream: ServerHttp2Stream, take: () => void): void {
    // Nobody else listens yet, and a reset may come as an error.
    stream.on('error', ignoreError);
    this.waiting.push({ stream, take });
    if (this.waiting.length === 1) nextTurn(this);
  }

  /** One more, until its stream is closed. */
  count(stream: ServerHttp2Stream): void {
    this.open++;
    stream.once('close', () => void this.open--);
  }

  takeTurn(): void {
    try {
      for (let left = EACH_TURN; left > 0 && this.waiting.length > 0; left--) takeOne(this.waiting);
    } finally {
      // Also when a listener throws, which ends the turn of its own stream alone.
      if (this.waiting.length > 0) nextTurn(this);
    }
  }
}

function takeOne(waiting: WaitingStream[]): void {
  const { stream, take } = waiting.shift()!;
  if (isGone(stream)) return;
  stream.removeListener('error', ignoreError);
  take();
}

function isGone(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.session === undefined;
}

function ignoreError(): void {
  // The 'close' that follows is heard by whoever has to know.
}
