import { attempt } from '../../support/maybe-promise.js';
import type { Clock, Timer } from '../../support/clock.js';
import { BrokerUnavailable } from '../../broker/broker-unavailable.js';
import type {
  Broker,
  BrokerHost,
  BrokerSession,
  Logged,
  LogLimit,
  Outgoing,
} from '../../broker/broker.js';
import { asError } from './as-error.js';

/** Milliseconds in which every call has to be answered; then the session is given up. */
export const ANSWER_LIMIT = 2_000;
/** A watchdog that is so late was not running: the whole process stood still. */
const STALL = 100;
/** Milliseconds for answers that may lie unread in a socket then. */
const GRACE = 500;

interface Call {
  readonly since: number;
  readonly reject: (error: Error) => void;
}

export interface SessionListener {
  readonly node: string;
  received(channel: string, message: Uint8Array): void;
  /** Once, also when `end` was called. */
  ended(error: Error): void;
  report(error: unknown): void;
}

/**
 * One session of a broker that is not trusted: what it throws is a rejection, what it does not answer in
 * time ends it, and nothing comes from it once it has ended.
 */
export class WatchedSession implements BrokerSession {
  readonly #clock: Clock;
  readonly #listener: SessionListener;
  /** Unanswered ones, oldest first. */
  readonly #calls = new Set<Call>();
  #session: BrokerSession | undefined;
  #generation = '';
  #ended: Error | undefined;
  #watchdog: Timer;

  constructor(clock: Clock, listener: SessionListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  get generation(): string {
    return this.#generation;
  }

  /** Why there is no session any more. */
  get error(): Error | undefined {
    return this.#ended;
  }

  /** Opens it; of a session that comes too late nothing is heard. */
  async open(broker: Broker): Promise<void> {
    const host: BrokerHost = {
      node: this.#listener.node,
      received: (channel, message) => this.#received(channel, message),
      closed: (error) => this.end(asError(error)),
    };
    const session = await this.#ask(
      () => broker.open(host),
      (late) => this.#destroy(late),
    );
    if (this.#ended !== undefined) {
      this.#destroy(session);
      throw this.#ended;
    }
    this.#session = session;
    // A broker of others may give anything.
    const generation: unknown = (session as BrokerSession | undefined)?.generation;
    if (typeof generation !== 'string') {
      throw new BrokerUnavailable('Cannot use the session of the broker: it has no generation');
    }
    this.#generation = generation;
  }

  send(batch: readonly Outgoing[], log: boolean): Promise<void> {
    return this.#ask(() => this.#present().send(batch, log));
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#ask(() => this.#present().subscribe(channels));
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#ask(() => this.#present().unsubscribe(channels));
  }

  probe(): Promise<void> {
    return this.#ask(() => this.#present().probe());
  }

  async *readLog(node: string, after: number, limit: LogLimit): AsyncGenerator<Logged> {
    const iterator = await this.#ask(() =>
      this.#present().readLog(node, after, limit)[Symbol.asyncIterator](),
    );
    let messages = 0;
    let bytes = 0;
    try {
      while (messages < limit.messages && bytes < limit.bytes) {
        const next = await this.#ask(() => iterator.next());
        if (next.done === true) return;
        messages++;
        bytes += next.value.message.length;
        yield next.value;
      }
    } finally {
      // Nobody waits for it or hears of it: it may hang, and the session may be gone.
      attempt(() => iterator.return?.()).catch(() => undefined);
    }
  }

  destroy(): void {
    this.end(new BrokerUnavailable('The session was destroyed'));
  }

  /** Ends it at once, for whatever reason; all that is unanswered is rejected. */
  end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#clock.clear(this.#watchdog);
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#destroy(session);
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const { reject } of calls) reject(error);
    this.#listener.ended(error);
  }

  #present(): BrokerSession {
    if (this.#session === undefined) throw new BrokerUnavailable('There is no session');
    return this.#session;
  }

  #ask<Answer>(
    request: () => Promise<Answer> | Answer,
    late?: (answer: Answer) => void,
  ): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const call: Call = { since: this.#clock.now(), reject };
      this.#calls.add(call);
      if (this.#calls.size === 1) this.#watch(ANSWER_LIMIT);
      attempt(request).then(
        (answer) => {
          if (this.#calls.delete(call)) resolve(answer);
          else late?.(answer);
        },
        (error: unknown) => {
          if (this.#calls.delete(call)) reject(asError(error));
        },
      );
    });
  }

  /** One timer, for the oldest call. */
  #watch(delay: number): void {
    this.#clock.clear(this.#watchdog);
    const due = this.#clock.now() + delay;
    this.#watchdog = this.#clock.after(delay, () => this.#check(this.#clock.now() - due));
  }

  #check(lateBy: number): void {
    const [oldest] = this.#calls;
    if (oldest === undefined || this.#ended !== undefined) return;
    const left = oldest.since + ANSWER_LIMIT - this.#clock.now();
    if (left > 0) this.#watch(left);
    else if (lateBy > STALL) this.#watch(GRACE);
    else this.end(new BrokerUnavailable(`The broker has not answered for ${ANSWER_LIMIT} ms`));
  }

  #received(channel: string, message: Uint8Array): void {
    if (this.#ended !== undefined) return;
    try {
      this.#listener.received(channel, message);
    } catch (error) {
      this.#listener.report(error);
    }
  }

  #destroy(session: BrokerSession): void {
    try {
      session.destroy();
    } catch (error) {
      this.#listener.report(error);
    }
  }
}
