import type { Broker } from '../../broker/broker.js';
import { BrokerUnavailable } from '../../broker/broker-unavailable.js';
import { systemClock, type Clock, type Timer } from '../../support/clock.js';
import { asError } from './as-error.js';
import { BackOff } from './back-off.js';
import { ControlFlow } from './control-flow.js';
import { DropNotices } from './drop-notices.js';
import type { LinkHost, LinkOptions, LinkState, LinkStats, OutboxEntry } from './link-host.js';
import { Outbox } from './outbox.js';
import { OutboxFlow } from './outbox-flow.js';
import { Subscriptions } from './subscriptions.js';
import { WatchedSession } from './watched-session.js';

/** Milliseconds `start` waits for the broker, and `stop` for what has not been sent. */
const START_LIMIT = 2_000;
const STOP_LIMIT = 2_000;
/** Milliseconds for reading the logs of all nodes. */
const PREPARE_LIMIT = 10_000;
/** Milliseconds after which the outbox flows: the others have to subscribe again as well. */
const SETTLE = 250;
const PROBE_INTERVAL = 1_000;

/** What goes through one session once it is up. */
interface Traffic {
  readonly outbox: OutboxFlow;
  readonly control: ControlFlow;
}

/**
 * The way to the other nodes over one session of a broker after another. It finds out when one has died,
 * opens the next, and sends again what may have been lost with it. Whatever the broker does, nothing
 * is thrown and nothing waits for longer than 2 seconds.
 */
export class Link {
  readonly #broker: Broker;
  readonly #host: LinkHost;
  readonly #clock: Clock;
  readonly #required: boolean;
  readonly #outbox: Outbox;
  readonly #drops: DropNotices;
  readonly #subscriptions: Subscriptions;
  readonly #backOff: BackOff;
  #state: LinkState = 'down';
  #generation: string | undefined;
  #session: WatchedSession | undefined;
  #traffic: Traffic | undefined;
  /** The next attempt, or the end of settling. */
  #timer: Timer;
  #prober: Timer;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #stopping = false;
  #error: Error | undefined;
  #heardUpTo: number;
  #firstUp: (() => void) | undefined;
  #idle: (() => void) | undefined;
  #sessions = 0;
  #sent = 0;
  #resent = 0;
  #controlDropped = 0;

  constructor(broker: Broker, host: LinkHost, options: LinkOptions) {
    const { delivery, required = false, clock = systemClock } = options;
    this.#broker = broker;
    this.#host = host;
    this.#clock = clock;
    this.#heardUpTo = clock.now();
    this.#required = required;
    this.#drops = new DropNotices(clock, (entries, reason) =>
      this.#tell(() => host.dropped(entries, reason)),
    );
    this.#outbox = new Outbox(clock, delivery, (entry, reason) => this.#drops.add(entry, reason));
    this.#subscriptions = new Subscriptions(clock, (channel) =>
      this.#tell(() => host.unsubscribed(channel)),
    );
    this.#backOff = new BackOff(clock);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Who the server is or was last; undefined before the first session. */
  get generation(): string | undefined {
    return this.#generation;
  }

  /**
   * Milliseconds since the epoch: what the broker had got by then has come, or never will. What comes now may
   * have lain in a socket while this process stood still; the echo of the last probe was behind all before it.
   */
  get heardUpTo(): number {
    return this.#heardUpTo;
  }

  /** Bytes of the longest message. */
  get maxMessage(): number {
    return this.#broker.maxMessage;
  }

  /** Why the last session has ended or could not be opened. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** The lowest number of a broadcast that waits or has no answer yet; undefined when there is none. */
  get firstSeq(): number | undefined {
    return this.#outbox.firstSeq;
  }

  get stats(): LinkStats {
    return {
      waiting: this.#outbox.size,
      waitingBytes: this.#outbox.bytes,
      sent: this.#sent,
      dropped: { ...this.#drops.counts },
      resent: this.#resent,
      controlDropped: this.#controlDropped,
      sessions: this.#sessions,
      channels: this.#subscriptions.size,
    };
  }

  /**
   * Settles when the link is up, or after 2 seconds without: it goes on trying then.
   * @throws {BrokerUnavailable} as a rejection, if the broker is required and not there by then; the
   *   link has stopped
   */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /** Sends what waits, for at most 2 seconds, and ends the session. What is left is dropped. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Takes a broadcast to the other nodes, now or when there is a session. Never throws. */
  publish(entry: OutboxEntry): void {
    if (this.#stopping && this.#traffic === undefined) {
      this.#drops.add(entry, 'late');
      return;
    }
    const isFirst = this.#outbox.size === this.#outbox.inFlight;
    this.#outbox.push(entry, this.maxMessage);
    // All of one turn leave together.
    if (isFirst && this.#traffic !== undefined) {
      this.#clock.soon(() => this.#traffic?.outbox.flush());
    }
  }

  /** Sends a message that is of use only now: without a session it is dropped. Never throws. */
  control(channel: string, message: Uint8Array): void {
    if (this.#traffic === undefined) this.#controlDropped++;
    else this.#traffic.control.send(channel, message);
  }

  /** A channel is needed, once more. */
  hold(channel: string): void {
    this.#subscriptions.hold(channel);
  }

  /** It is not needed any more, by one of those who held it. */
  release(channel: string): void {
    this.#subscriptions.release(channel);
  }

  /** Settles when a held channel is received; at once while there is no session. Never rejects. */
  settled(channel: string): Promise<void> {
    return this.#subscriptions.settled(channel);
  }

  async #start(): Promise<void> {
    if (this.#stopping) return;
    this.#connect();
    await this.#wait(START_LIMIT, (done) => (this.#firstUp = done));
    if (!this.#required || this.#sessions > 0) return;
    await this.stop();
    throw new BrokerUnavailable(
      `Cannot start: the broker ${this.#broker.name} is required, and was not reached within ${START_LIMIT} ms`,
      { cause: this.#error },
    );
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#clock.clear(this.#timer);
    this.#firstUp?.();
    const traffic = this.#traffic;
    if (traffic !== undefined) {
      traffic.outbox.start();
      await this.#wait(STOP_LIMIT, (done) => {
        this.#idle = done;
        this.#settleStop();
      });
    }
    this.#session?.end(new BrokerUnavailable('The link was stopped'));
    this.#subscriptions.close();
    this.#outbox.clear();
    this.#drops.flush();
  }

  #connect(): void {
    this.#state = 'connecting';
    // What waits for a broker does not have to be kept until there is one.
    this.#outbox.expire();
    const session = new WatchedSession(this.#clock, {
      node: this.#host.node,
      received: (channel, message) => {
        if (this.#subscriptions.has(channel)) this.#host.received(channel, message);
      },
      unlogged: (messages, error) => this.#tell(() => this.#host.unlogged?.(messages, error)),
      ignored: (channel) => this.#tell(() => this.#host.ignored?.(channel)),
      ended: (error) => this.#lost(error),
      report: (error) => this.#report(error),
    });
    this.#session = session;
    this.#prepare(session).catch((error: unknown) => session.end(asError(error)));
  }

  async #prepare(session: WatchedSession): Promise<void> {
    const begun = this.#clock.now();
    await session.open(this.#broker);
    this.#heardUpTo = begun;
    const { generation } = session;
    const changed = this.#generation !== undefined && this.#generation !== generation;
    await this.#subscriptions.attach(session);
    const late = this.#clock.after(PREPARE_LIMIT, () =>
      session.end(new BrokerUnavailable(`Cannot read the logs within ${PREPARE_LIMIT} ms`)),
    );
    try {
      await this.#host.opened(session, { generation, changed });
    } finally {
      this.#clock.clear(late);
    }
    if (session.error === undefined) this.#up(session, changed);
  }

  #up(session: WatchedSession, changed: boolean): void {
    this.#state = 'up';
    this.#generation = session.generation;
    this.#sessions++;
    if (changed) this.#resent += this.#outbox.replay();
    const maxMessage = (): number => this.maxMessage;
    const idle = (): void => this.#settleStop();
    this.#traffic = {
      outbox: new OutboxFlow(this.#outbox, session, {
        maxMessage,
        idle,
        acknowledged: (broadcasts) => void (this.#sent += broadcasts),
        report: (error) => this.#report(error),
      }),
      control: new ControlFlow(this.#clock, session, {
        maxMessage,
        idle,
        dropped: (messages) => void (this.#controlDropped += messages),
      }),
    };
    this.#timer = this.#clock.after(SETTLE, () => this.#traffic?.outbox.start());
    this.#probeLater(session);
    this.#tell(() => this.#host.up());
    this.#firstUp?.();
  }

  #probeLater(session: WatchedSession): void {
    this.#prober = this.#clock.after(PROBE_INTERVAL, () => {
      const begun = this.#clock.now();
      session.probe().then(
        () => {
          if (session.error !== undefined) return;
          this.#heardUpTo = begun;
          // Only a session that lasts ends a series of attempts.
          this.#backOff.reset();
          this.#probeLater(session);
        },
        (error: Error) => session.end(error),
      );
    });
  }

  /** The present session has ended, or was never opened. */
  #lost(error: Error): void {
    const wasUp = this.#traffic !== undefined;
    this.#state = 'down';
    this.#error = error;
    this.#session = undefined;
    this.#traffic = undefined;
    this.#clock.clear(this.#timer);
    this.#clock.clear(this.#prober);
    // Not after every attempt: what was acknowledged before is kept until there is a server again.
    if (wasUp) this.#resent += this.#outbox.back();
    this.#subscriptions.detach();
    if (!this.#stopping) {
      this.#timer = this.#clock.after(this.#backOff.next(), () => this.#connect());
    }
    this.#idle?.();
    if (wasUp) this.#tell(() => this.#host.down(error));
  }

  #settleStop(): void {
    if (this.#outbox.size === 0 && this.#traffic?.control.idle === true) this.#idle?.();
  }

  /** Waits until `done` is called, at most so long. */
  async #wait(milliseconds: number, begin: (done: () => void) => void): Promise<void> {
    let timer: Timer;
    await new Promise<void>((resolve) => {
      timer = this.#clock.after(milliseconds, resolve);
      begin(resolve);
    });
    this.#clock.clear(timer);
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    try {
      this.#host.report(error);
    } catch {
      // Nobody is left to be told.
    }
  }
}
