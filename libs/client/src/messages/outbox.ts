import { ClientError } from '../support/client-error.js';
import type { Clock } from '../support/clock.js';
import { onAbort } from '../support/on-abort.js';
import type { Frame } from '../wire/frame.js';

/** What is to be sent, and what becomes of it. */
export interface Outgoing {
  readonly frame: Frame;
  /** Encoded when it was said, so that what becomes of the data later changes nothing. */
  readonly message: string | Uint8Array<ArrayBuffer>;
  /** Whether it may wait for a connection; what may not overtakes what does. */
  readonly queue: boolean;
  /** Milliseconds until it is given up, answered or not. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Handed to the socket. */
  sent?(): void;
  /** One answer. @returns whether it was the last */
  answer?(frame: Frame): boolean;
  /** The end, if it was not an answer. */
  fail(error: ClientError): void;
  /**
   * The connection was lost after it was sent.
   * @returns what is sent after the next opening; undefined where nothing can be
   */
  again?(): Outgoing | undefined;
}

interface Entry {
  out: Outgoing;
  /** On the present connection. */
  sent: boolean;
  /** On any; it may have been handled. */
  everSent: boolean;
  /** Ends the time it may wait before it is sent for the first time. */
  unage?: () => void;
  readonly offs: Set<() => void>;
}

interface QueueBounds {
  readonly most: number;
  readonly age: number;
}

/** What was said and is not done: it waits for a connection, or for its answer. */
export class Outbox {
  readonly #clock: Clock;
  readonly #bounds: QueueBounds;
  /** @returns false when there is no open connection */
  readonly #transmit: (out: Outgoing) => boolean;
  /** Tells the server that nobody waits for the answer. */
  readonly #cancel: (id: number) => void;
  /** In the order in which they are to be sent. */
  #waiting = new Set<Entry>();
  readonly #asked = new Map<number, Entry>();
  /** Why nothing can wait. */
  stopped: ClientError | undefined;

  constructor(
    clock: Clock,
    bounds: QueueBounds,
    transmit: (out: Outgoing) => boolean,
    cancel: (id: number) => void,
  ) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#transmit = transmit;
    this.#cancel = cancel;
  }

  /** @returns gives it up, without a word to who waits; tells the server */
  add(out: Outgoing): () => void {
    const entry: Entry = { out, sent: false, everSent: false, offs: new Set() };
    const { signal, timeout } = out;
    const giveUp = (error?: ClientError): void => this.#giveUp(entry, error);
    if (timeout !== undefined) {
      this.#after(entry, timeout, () => {
        if (entry.everSent) this.#unanswered(entry, 'TIMEOUT', 'in time');
        else this.#overdue(entry);
      });
    }
    entry.offs.add(onAbort(signal, giveUp));
    const waits = out.queue && this.#waiting.size > 0;
    if (signal?.aborted !== true && (waits || !this.#send(entry))) this.#queue(entry);
    return () => giveUp();
  }

  /** @returns false when nobody waits for this answer */
  answer(frame: Frame): boolean {
    const entry = typeof frame.id === 'number' ? this.#asked.get(frame.id) : undefined;
    if (entry?.out.answer === undefined) return false;
    if (entry.out.answer(frame)) this.#remove(entry);
    return true;
  }

  /** Messages flow: all that waits is sent, in order. */
  opened(): void {
    for (const entry of this.#waiting) {
      if (!this.#send(entry)) return;
      this.#waiting.delete(entry);
    }
  }

  /** What was sent and can be sent again waits before all that was never sent; the rest has failed. */
  lost(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const [id, entry] of Array.from(this.#asked)) {
      const again = entry.out.again?.();
      if (again === undefined) {
        this.#unanswered(entry, 'DISCONNECTED', 'on this connection');
      } else {
        this.#asked.delete(id);
        entry.out = again;
        entry.sent = false;
        this.#waiting.add(entry);
      }
    }
    for (const entry of waiting) this.#waiting.add(entry);
  }

  /** Nothing is tried any more: nobody waits in vain. */
  stop(error: ClientError): void {
    this.stopped = error;
    for (const entry of [...this.#waiting, ...this.#asked.values()]) this.#giveUp(entry, error);
  }

  #send(entry: Entry): boolean {
    const { out } = entry;
    if (!this.#transmit(out)) return false;
    entry.sent = true;
    entry.everSent = true;
    entry.unage?.();
    // Answers cannot come before this returns.
    if (out.answer === undefined) this.#clear(entry);
    else this.#asked.set(idOf(out), entry);
    out.sent?.();
    return true;
  }

  #queue(entry: Entry): void {
    const { out } = entry;
    const { most, age } = this.#bounds;
    if (this.stopped !== undefined) this.#giveUp(entry, this.stopped);
    else if (!out.queue) this.#unsent(entry, 'NOT_OPEN', 'no connection');
    else if (this.#waiting.size >= most) this.#unsent(entry, 'QUEUE_FULL', 'too many wait');
    else {
      this.#waiting.add(entry);
      entry.unage = this.#after(entry, age, () => this.#overdue(entry));
    }
  }

  #giveUp(entry: Entry, error: ClientError | undefined): void {
    const id = idOf(entry.out);
    if (entry.sent && this.#asked.get(id) === entry) this.#cancel(id);
    this.#remove(entry);
    if (error !== undefined) entry.out.fail(error);
  }

  #unanswered(entry: Entry, code: string, when: string): void {
    const { event } = entry.out.frame;
    this.#giveUp(entry, new ClientError(code, `No answer to ${event} ${when}`));
  }

  #unsent(entry: Entry, code: string, why: string): void {
    const { event } = entry.out.frame;
    this.#giveUp(entry, new ClientError(code, `Cannot send ${event}: ${why}`));
  }

  #overdue(entry: Entry): void {
    this.#unsent(entry, 'EXPIRED', 'no connection in time');
  }

  #remove(entry: Entry): void {
    this.#waiting.delete(entry);
    this.#asked.delete(idOf(entry.out));
    this.#clear(entry);
  }

  #clear(entry: Entry): void {
    for (const off of entry.offs) off();
    entry.offs.clear();
  }

  #after(entry: Entry, milliseconds: number, run: () => void): () => void {
    const off = this.#clock.after(milliseconds, run);
    entry.offs.add(off);
    return off;
  }
}

/** Only what has an answer has an id; no other is looked up. */
function idOf({ frame }: Outgoing): number {
  return frame.id as number;
}
