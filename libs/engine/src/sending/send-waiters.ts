import { WebSocketError } from '../protocol/errors.js';

/** Called when the operating system took the bytes, or with why it never will. */
export type SendCallback = (error?: Error) => void;

interface Waiter {
  mark: number;
  readonly callback: SendCallback;
}

/**
 * Who waits for what was sent to have left. Each waits for a mark: the count of all bytes accepted
 * when it began to. Callbacks run on the next tick, where one that throws stops nobody's flushing.
 */
export class SendWaiters {
  private waiting: Waiter[] = [];

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** How many wait. */
  get count(): number {
    return this.waiting.length;
  }

  add(mark: number, callback: SendCallback): void {
    this.waiting.push({ mark, callback });
  }

  /** Calls those back whose bytes are among the first `left`. */
  settle(left: number): void {
    const { waiting } = this;
    let settled = 0;
    while (settled < waiting.length && waiting[settled]!.mark <= left) settled++;
    if (settled === 0) return;
    for (const { callback } of waiting.splice(0, settled)) process.nextTick(callback);
  }

  /** Tells those who wait for bytes after `start`, up to `end`, why these will not leave. */
  fail(start: number, error: Error, end = Infinity): void {
    // One pass: a connection may close with tens of thousands waiting.
    this.waiting = this.waiting.filter(({ mark, callback }) => {
      const fails = mark > start && mark <= end;
      if (fails) process.nextTick(callback, error);
      return !fails;
    });
  }

  /** The bytes after `start` have become more or fewer. */
  move(start: number, change: number): void {
    for (const waiter of this.waiting) if (waiter.mark > start) waiter.mark += change;
  }

  /** Of a message of `length` bytes from `start` on nothing leaves, `instead` bytes take its place. */
  replace(start: number, length: number, instead: number): void {
    this.fail(start, droppedError(), start + length);
    this.move(start, instead - length);
  }

  /** All bytes after `start` have been dropped. */
  drop(start: number): void {
    this.fail(start, droppedError());
  }

  /** The connection is gone. */
  lose(): void {
    // No Error is built on the ordinary way out, where nobody waits.
    if (!this.isEmpty) this.fail(-1, lostError());
  }
}

/** Tells one who begins to wait for what will never leave. */
export function tellLost(callback: SendCallback): void {
  process.nextTick(callback, lostError());
}

/** Why a message never leaves whose connection has failed or is closed. */
function lostError(): WebSocketError {
  return new WebSocketError(
    'Cannot send: the connection closed before the message had left',
    'WS_ERR_CONNECTION_CLOSED',
  );
}

/** Why a message never leaves that a policy, a limit or the budget has dropped. */
function droppedError(): WebSocketError {
  return new WebSocketError(
    'Cannot send: the message was dropped because too much was waiting',
    'WS_ERR_SEND_QUEUE_FULL',
  );
}
