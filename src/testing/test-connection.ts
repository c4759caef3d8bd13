import { randomBytes } from 'node:crypto';
import { clearTimeout, setTimeout } from 'node:timers';
import type { WebSocket } from '#ws';
import type { Codec } from '#hub';
import { Inbox, type Miss } from './inbox.js';
import { WsTestError, type Origin } from './test-errors.js';
import { describe, Transcript } from './transcript.js';
import { readMessage, type Matcher, type Received } from './ws-frame.js';

/** How many unread messages an error shows. */
const SHOWN = 10;

/** How a connection has ended. */
export interface WsClosed {
  code: number;
  reason: string;
}

/** A client's connection, with everything that has happened on it and ways to wait for more. */
export class TestConnection {
  readonly inbox = new Inbox();
  readonly log = new Transcript();
  readonly closed: Promise<WsClosed>;
  /** Set once it has ended. */
  end: WsClosed | undefined;

  /**
   * @param socket one that is connecting: not even the first message may be missed
   * @param target what it connects to
   * @param timeout milliseconds that what waits may take when it says nothing else
   */
  constructor(
    readonly socket: WebSocket,
    target: string,
    readonly timeout: number,
    readonly codec: Codec | undefined,
  ) {
    socket.on('open', () => {
      this.log.add(`open ${target}${socket.protocol && ` (${socket.protocol})`}`);
    });
    socket.on('message', (payload, isBinary) => {
      // The socket's binaryType is 'nodebuffer': a message comes as one Buffer.
      if (Buffer.isBuffer(payload)) this.#received(readMessage(payload, isBinary, codec));
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.end = { code, reason: reason.toString() };
        this.log.add(`closed with ${describeClose(this.end)}`);
        this.inbox.close();
        resolve(this.end);
      });
    });
  }

  /** Waits for a message of one kind, or takes it from the unread ones. */
  wait<M extends Received>(
    matches: Matcher<M>,
    what: string,
    origin: Origin,
    timeout: number = this.timeout,
  ): Promise<M> {
    return this.inbox.take(matches, timeout, (why: Miss) => {
      const reason =
        why === 'timeout'
          ? `nothing like it came within ${timeout} ms`
          : `the connection was closed with ${describeClose(this.end ?? { code: 1006 })}`;
      const unread = this.inbox.unread.map((message) => `\n  ${describe(message)}`);
      const instead = unread.length === 0 ? '' : `; unread:${unread.slice(0, SHOWN).join('')}`;
      return this.error(origin, `Cannot get ${what}: ${reason}${instead}`);
    });
  }

  /** Waits for the end; undefined when it does not come in time. */
  ended(timeout: number = this.timeout): Promise<WsClosed | undefined> {
    return within(this.closed, timeout);
  }

  /** Sends a ping and waits for its pong, or the end; undefined when neither comes in time. */
  roundTrip(timeout: number = this.timeout): Promise<'pong' | WsClosed | undefined> {
    const token = randomBytes(8);
    const pong = new Promise<'pong'>((resolve) => {
      const answered = (payload: Buffer): void => {
        if (!token.equals(payload)) return;
        this.socket.removeListener('pong', answered);
        resolve('pong');
      };
      this.socket.on('pong', answered);
      this.socket.ping(token);
    });
    return within(Promise.race([pong, this.closed]), timeout);
  }

  error(origin: Origin, problem: string): WsTestError {
    return origin.of(new WsTestError(problem, this.log.toString()));
  }

  #received(message: Received): void {
    this.log.received(message);
    this.inbox.add(message);
  }
}

export function describeClose(end: { code: number; reason?: string | undefined }): string {
  return end.reason ? `${end.code} ${JSON.stringify(end.reason)}` : String(end.code);
}

/** What a promise gives, or undefined when the time is up before. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
