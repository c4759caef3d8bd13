import type { LogNews } from '#hub';
import { ConnectionLost } from '../client/reply-error.js';
import { takeBatch, type AppendBatch, type WaitingAppend } from './append-batch.js';

/** What appends of one room need of the history they belong to. */
export interface AppendPort {
  /** What appends are sent over, undefined while there is none. */
  readonly session: object | undefined;
  nextSequence(): number;
  /** @throws {ConnectionLost} as a rejection, when it is not known whether the server got it */
  send(room: string, batch: AppendBatch): Promise<readonly LogNews[]>;
  /** Nothing of the room waits any more. */
  idle(room: string): void;
}

/**
 * Appends of one room, one batch at a time: what is called while one is under way goes with the next.
 * So a batch whose answer was lost can be sent again, and the server knows by its number whether it
 * had been done, without anything that came after it.
 */
export class RoomAppends {
  readonly #room: string;
  readonly #port: AppendPort;
  readonly #queue: WaitingAppend[] = [];
  #batch: AppendBatch | undefined;
  #isUnderWay = false;
  #isScheduled = false;

  constructor(room: string, port: AppendPort) {
    this.#room = room;
    this.#port = port;
  }

  add(append: WaitingAppend): void {
    this.#queue.push(append);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Together with what else is appended in this turn.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  /** Sends what waits: after an answer, and with a new session what had none. */
  flush(): void {
    if (this.#isUnderWay || this.#port.session === undefined) return;
    if (this.#batch === undefined) {
      const appends = takeBatch(this.#queue);
      const [first] = appends;
      if (first === undefined) {
        this.#port.idle(this.#room);
        return;
      }
      this.#batch = { sequence: this.#port.nextSequence(), first, appends };
    }
    void this.#send(this.#batch);
  }

  /** Tells callers whose time is up. */
  expire(now: number, late: () => Error): void {
    while (this.#queue[0] !== undefined && this.#queue[0].deadline <= now) {
      fail(this.#queue.shift(), late());
    }
    for (const append of this.#batch?.appends ?? []) {
      if (append.deadline <= now) fail(append, late());
    }
    if (this.#batch?.appends.every(({ settled }) => settled) === true && !this.#isUnderWay) {
      this.#batch = undefined;
    }
    if (this.#batch === undefined && this.#queue.length === 0) this.#port.idle(this.#room);
  }

  async #send(batch: AppendBatch): Promise<void> {
    this.#isUnderWay = true;
    const { session } = this.#port;
    let isLost = false;
    try {
      const news = await this.#port.send(this.#room, batch);
      batch.appends.forEach((append, index) => succeed(append, news[index]));
      this.#batch = undefined;
    } catch (error) {
      isLost = error instanceof ConnectionLost;
      // Kept and sent again with the next session, unless nobody waits for it any more.
      if (!isLost || batch.appends.every(({ settled }) => settled)) {
        for (const append of batch.appends) fail(append, error);
        this.#batch = undefined;
      }
    }
    this.#isUnderWay = false;
    // With the next session it is flushed anyway, unless that one is there already.
    if (!isLost || this.#port.session !== session) this.flush();
  }
}

function succeed(append: WaitingAppend, news: LogNews | undefined): void {
  if (append.settled) return;
  append.settled = true;
  if (news === undefined) append.reject(new ConnectionLost('An append has no answer'));
  else append.resolve(news);
}

function fail(append: WaitingAppend | undefined, error: unknown): void {
  if (append === undefined || append.settled) return;
  append.settled = true;
  append.reject(error);
}
