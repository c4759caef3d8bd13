import { ClientError } from '../support/client-error.js';
import type { Clock } from '../support/clock.js';
import type { Frame } from '../wire/frame.js';
import { ACK_EVENT, MAIL_EVENT } from '../wire/wire-events.js';
import { readMailAnswer } from './mail-answer.js';
import { takeTurn, type MailLocks, type Turn } from './mail-locks.js';
import type { MailHandler } from './mail-options.js';

/** What a reader needs of its client. */
interface MailHost {
  readonly url: string;
  readonly clock: Clock;
  /** @throws {ClientError} at once where there is no connection */
  call(event: string, data: unknown): Promise<unknown>;
  isOpen(): boolean;
  /** Whether there is a connection, or will be one. */
  goesOn(): boolean;
  report(error: unknown): void;
}

interface MailSettings {
  readonly attempts: number;
  readonly timeout: number;
  readonly locks: MailLocks | undefined;
}

interface Entry {
  readonly data: unknown;
  readonly mail: number | undefined;
  tries: number;
  /** It failed, and is tried again later. */
  pausing: boolean;
}

/** Mail that may wait here for its handler; what comes beyond that is fetched when there is room. */
const MOST_WAITING = 1_000;
/** Numbers of handled mail that are remembered: the server may send it again before it knows. */
const MOST_DONE = 1_024;
/** Pauses after a failure, in milliseconds: each up to twice the one before. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
/**
 * So long a tab that lost its connection stays the one that handles mail, in milliseconds: it knows what it
 * has handled, another would handle it again.
 */
const GRACE = 10_000;

/** Mail of one event: handled one after another, by one tab of a browser, and then acknowledged. */
export class MailReader {
  readonly #event: string;
  readonly #handler: MailHandler;
  readonly #settings: MailSettings;
  readonly #host: MailHost;
  readonly #stopped = new AbortController();
  /** Aborts with the connection. */
  #round = new AbortController();
  /**
   * Unknown: whether another tab handles it is being found out. Other: one does. Own: this one does.
   */
  #state: 'unknown' | 'other' | 'own' = 'unknown';
  #turn: Turn | undefined;
  #ungrace = (): void => {};
  /** Whose mail it is; undefined where the server has not said. */
  #box: string | undefined;
  /** The server is one that does not know `$mail`. */
  #mute = false;
  readonly #entries = new Map<number | symbol, Entry>();
  readonly #done = new Set<number>();
  /** What is being handled or acknowledged: the turn ends after it. */
  readonly #work = new Set<Promise<void>>();
  #running: Entry | undefined;
  /** Whether more came than may wait. */
  #missed = false;

  constructor(event: string, handler: MailHandler, settings: MailSettings, host: MailHost) {
    this.#event = event;
    this.#handler = handler;
    this.#settings = settings;
    this.#host = host;
  }

  get stopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** @param late whether the connection was there before, and mail may have come that nobody took */
  opened(late: boolean): void {
    this.#round = new AbortController();
    this.#state = 'unknown';
    void this.#begin(late, this.#round.signal);
  }

  lost(): void {
    this.#round.abort();
    this.#forget();
    if (this.#turn !== undefined && !this.stopped && this.#host.goesOn()) {
      this.#ungrace();
      this.#ungrace = this.#host.clock.after(GRACE, () => this.ended());
    } else this.ended();
  }

  /** There will be no connection for now. */
  ended(): void {
    this.#ungrace();
    this.#endTurn();
  }

  stop(): void {
    this.#stopped.abort();
    this.lost();
  }

  /** @returns whether it is mail of this event */
  take({ event, id, data, mail }: Frame): boolean {
    if (event !== this.#event || id !== undefined) return false;
    const unsigned = this.#state === 'own' && this.#box === undefined && !this.#mute;
    // Somebody has signed in since the server was asked.
    if (mail !== undefined && unsigned) this.opened(false);
    this.#add(data, mail);
    return true;
  }

  async #begin(late: boolean, signal: AbortSignal): Promise<void> {
    const { locks } = this.#settings;
    const box = await this.#boxOf(signal);
    if (signal.aborted) return;
    this.#ungrace();
    if (box !== this.#box) {
      // Numbers of one mailbox say nothing of another.
      this.#done.clear();
      this.#endTurn();
    }
    this.#box = box;
    let fetches = late;
    if (locks !== undefined && box !== undefined && this.#turn === undefined) {
      const name = `nestwire mail ${this.#host.url} ${box} ${this.#event}`;
      const turn = await takeTurn(locks, name, signal, () => {
        this.#state = 'other';
        this.#forget();
      });
      if (signal.aborted) turn?.end();
      if (turn === undefined || signal.aborted) return;
      this.#turn = turn;
      fetches ||= turn.waited;
    }
    if (fetches && box !== undefined) {
      // Kept until what is older has come.
      this.#state = 'unknown';
      await this.#fetch(signal);
      if (signal.aborted) return;
    }
    this.#state = 'own';
    this.#next();
  }

  async #boxOf(signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#ask({ most: 0 }, signal);
    return answer === undefined ? undefined : readMailAnswer(answer).box;
  }

  /** Asks until it is told. @returns undefined when the signal aborted, or the server does not know `$mail` */
  async #ask(data: object, signal: AbortSignal): Promise<unknown> {
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        return await this.#host.call(MAIL_EVENT, { event: this.#event, ...data });
      } catch (error) {
        const { code, retryAfter = 0 } = error as ClientError;
        this.#mute = code === 'UNKNOWN_EVENT';
        if (this.#mute || signal.aborted) return undefined;
        await this.#pause(tries, retryAfter, signal);
      }
    }
    return undefined;
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    for (let after = 0; !signal.aborted;) {
      const answer = readMailAnswer(await this.#ask({ after }, signal));
      if (signal.aborted) return;
      for (const { data, mail } of answer.mail) this.#add(data, mail);
      const last = answer.mail.at(-1)?.mail ?? 0;
      // Whatever a server says: it goes forward, or it ends.
      if (!answer.more || last <= after || this.#missed) return;
      after = last;
    }
  }

  #add(data: unknown, mail: number | undefined): void {
    if (mail === undefined) {
      this.#keep(Symbol(), { data, mail, tries: 0, pausing: false });
    } else if (this.#state !== 'other' && !this.#entries.has(mail)) {
      const entry = { data, mail, tries: 0, pausing: false };
      // The server has not heard of it, or had sent it before it did.
      if (this.#done.has(mail)) this.#busy(this.#acknowledge(mail));
      else this.#keep(mail, entry);
    }
    this.#next();
  }

  #keep(key: number | symbol, entry: Entry): void {
    if (this.#entries.size < MOST_WAITING) this.#entries.set(key, entry);
    else if (entry.mail !== undefined) this.#missed = true;
    else {
      const lost = new ClientError('QUEUE_FULL', `Cannot keep ${this.#event}: too much mail waits`);
      this.#host.report(lost);
    }
  }

  #next(): void {
    if (this.#running !== undefined || this.#stopped.signal.aborted) return;
    let next: [number | symbol, Entry] | undefined;
    for (const found of this.#entries) {
      const [key, entry] = found;
      if (entry.pausing || (entry.mail !== undefined && this.#state !== 'own')) continue;
      // What has no number comes in the order in which it came, and before what waits longer than it.
      if (typeof key === 'symbol') {
        next = found;
        break;
      }
      if (next === undefined || key < (next[0] as number)) next = found;
    }
    if (next !== undefined) this.#busy(this.#handle(...next));
    else if (this.#missed && this.#state === 'own') {
      this.#missed = false;
      void this.#fetch(this.#round.signal);
    }
  }

  async #handle(key: number | symbol, entry: Entry): Promise<void> {
    const { mail } = entry;
    this.#running = entry;
    try {
      entry.tries += 1;
      await this.#run(entry);
      this.#entries.delete(key);
      if (mail !== undefined) {
        this.#remember(mail);
        this.#busy(this.#acknowledge(mail));
      }
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#host.report(error);
      if (mail === undefined || entry.tries >= this.#settings.attempts || !this.#host.isOpen()) {
        this.#entries.delete(key);
      } else void this.#later(entry);
    } finally {
      this.#running = undefined;
      this.#next();
    }
  }

  /** @throws what the handler does, or TIMEOUT */
  async #run({ data, mail, tries }: Entry): Promise<void> {
    const { clock } = this.#host;
    const { timeout } = this.#settings;
    const over = new AbortController();
    const abort = (): void => over.abort();
    this.#stopped.signal.addEventListener('abort', abort);
    let off: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => {
      off = clock.after(timeout, () => {
        reject(new ClientError('TIMEOUT', `The handler of ${this.#event} takes too long`));
        abort();
      });
    });
    try {
      const info = { mail, attempt: tries, signal: over.signal };
      await Promise.race([this.#handler(data, info), late]);
    } finally {
      off?.();
      this.#stopped.signal.removeEventListener('abort', abort);
    }
  }

  async #later(entry: Entry): Promise<void> {
    entry.pausing = true;
    await this.#pause(entry.tries, 0, this.#round.signal);
    entry.pausing = false;
    this.#next();
  }

  /** What cannot be told now is told when the server sends it again. */
  async #acknowledge(mail: number): Promise<void> {
    const { signal } = this.#round;
    for (let tries = 1; tries <= this.#settings.attempts && this.#host.isOpen(); tries += 1) {
      try {
        await this.#host.call(ACK_EVENT, { mail });
        return;
      } catch (error) {
        const { code, retryAfter = 0 } = error as ClientError;
        // Another one was first.
        if (code === 'NOT_FOUND' || signal.aborted) return;
        await this.#pause(tries, retryAfter, signal);
      }
    }
  }

  #pause(tries: number, retryAfter: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#host;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)) * (1 + clock.random());
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const end = (): void => {
        off();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const off = clock.after(retryAfter + pause, end);
      signal.addEventListener('abort', end);
    });
  }

  #remember(mail: number): void {
    this.#done.add(mail);
    for (const oldest of this.#done) {
      if (this.#done.size <= MOST_DONE) break;
      this.#done.delete(oldest);
    }
  }

  /** What waits here comes again, or is another tab's. */
  #forget(): void {
    this.#missed = false;
    for (const [key, entry] of this.#entries) {
      if (entry !== this.#running && entry.mail !== undefined) this.#entries.delete(key);
    }
  }

  #busy(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  /** After what is under way: another tab would do it a second time. */
  #endTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    const wait = async (): Promise<void> => {
      while (this.#work.size > 0) await Promise.all(this.#work);
      turn?.end();
    };
    if (turn !== undefined) void wait();
  }
}
