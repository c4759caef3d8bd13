import type { Clock, Timer } from '../../support/clock.js';
import type { WatchedSession } from './watched-session.js';

/** Channels asked for with one call; other work is done between two of them. */
const BATCH = 512;
/** Milliseconds a channel stays subscribed when nobody needs it: most come back soon. */
const LINGER = 5_000;

interface Channel {
  holders: number;
  /** Received by the present session. */
  live: boolean;
  /** Asked of the present session. */
  asked: boolean;
  waiting: (() => void)[];
}

/** Which channels are needed, and which the present session receives. */
export class Subscriptions {
  readonly #clock: Clock;
  readonly #unsubscribed: (channel: string) => void;
  readonly #channels = new Map<string, Channel>();
  /** Channels nobody holds, and when they go; the first goes first. */
  readonly #released = new Map<string, number>();
  /** Channels the present session has to be asked for. */
  readonly #wanted = new Set<string>();
  #session: WatchedSession | undefined;
  #asking = false;
  #timer: Timer;

  /** @param unsubscribed called when a channel is not received any more */
  constructor(clock: Clock, unsubscribed: (channel: string) => void) {
    this.#clock = clock;
    this.#unsubscribed = unsubscribed;
  }

  get size(): number {
    return this.#channels.size;
  }

  has(channel: string): boolean {
    return this.#channels.has(channel);
  }

  hold(channel: string): void {
    const present = this.#channels.get(channel);
    if (present !== undefined) {
      present.holders++;
      this.#released.delete(channel);
      return;
    }
    this.#channels.set(channel, { holders: 1, live: false, asked: false, waiting: [] });
    if (this.#session === undefined) return;
    this.#wanted.add(channel);
    // All of one turn are asked for together.
    if (this.#wanted.size === 1) this.#clock.soon(() => this.#ask());
  }

  release(channel: string): void {
    const present = this.#channels.get(channel);
    if (present === undefined || present.holders === 0 || --present.holders > 0) return;
    this.#released.set(channel, this.#clock.now() + LINGER);
    if (this.#released.size === 1) this.#arm(LINGER);
  }

  /** Settles when the channel is received; at once while there is no session, or nobody holds it. */
  settled(channel: string): Promise<void> {
    const present = this.#channels.get(channel);
    if (present === undefined || present.live || this.#session === undefined) {
      return Promise.resolve();
    }
    return new Promise((resolve) => present.waiting.push(resolve));
  }

  /** Subscribes all that is held; settles when it is received. */
  async attach(session: WatchedSession): Promise<void> {
    this.#session = session;
    for (const channel of this.#channels.keys()) this.#wanted.add(channel);
    await this.#askAll(session);
  }

  /** The session has ended. */
  detach(): void {
    this.#session = undefined;
    this.#asking = false;
    this.#wanted.clear();
    for (const channel of this.#channels.values()) {
      channel.live = false;
      channel.asked = false;
      wake(channel);
    }
  }

  close(): void {
    this.detach();
    this.#clock.clear(this.#timer);
    this.#released.clear();
  }

  #ask(): void {
    const session = this.#session;
    if (session === undefined || this.#asking) return;
    // Without its channels a session is of no use.
    this.#askAll(session).catch((error: Error) => session.end(error));
  }

  async #askAll(session: WatchedSession): Promise<void> {
    this.#asking = true;
    while (this.#wanted.size > 0 && session === this.#session) {
      const batch = first(this.#wanted, BATCH);
      for (const name of batch) {
        this.#wanted.delete(name);
        const channel = this.#channels.get(name);
        if (channel !== undefined) channel.asked = true;
      }
      await session.subscribe(batch);
      if (session !== this.#session) return;
      for (const name of batch) this.#live(name);
      if (this.#wanted.size > 0) await new Promise<void>((resolve) => this.#clock.soon(resolve));
    }
    if (session === this.#session) this.#asking = false;
  }

  #live(name: string): void {
    const channel = this.#channels.get(name);
    // It may have been let go of, and held once more, meanwhile.
    if (channel?.asked !== true) return;
    channel.live = true;
    wake(channel);
  }

  #arm(delay: number): void {
    this.#clock.clear(this.#timer);
    this.#timer = this.#clock.after(delay, () => this.#letGo());
  }

  #letGo(): void {
    const now = this.#clock.now();
    const gone: string[] = [];
    for (const [channel, due] of this.#released) {
      if (due > now) {
        this.#arm(due - now);
        break;
      }
      this.#released.delete(channel);
      this.#wanted.delete(channel);
      const present = this.#channels.get(channel);
      if (present === undefined) continue;
      this.#channels.delete(channel);
      if (present.asked) gone.push(channel);
      wake(present);
      this.#unsubscribed(channel);
    }
    const session = this.#session;
    if (session !== undefined && gone.length > 0) {
      this.#unsubscribe(session, gone).catch((error: Error) => session.end(error));
    }
  }

  async #unsubscribe(session: WatchedSession, channels: readonly string[]): Promise<void> {
    for (let from = 0; from < channels.length && session === this.#session; from += BATCH) {
      // Some may be held again by now.
      const batch = channels.slice(from, from + BATCH).filter((channel) => !this.has(channel));
      if (batch.length > 0) await session.unsubscribe(batch);
    }
  }
}

function wake(channel: Channel): void {
  const { waiting } = channel;
  channel.waiting = [];
  for (const resolve of waiting) resolve();
}

function first(names: ReadonlySet<string>, count: number): string[] {
  const found: string[] = [];
  for (const name of names) {
    if (found.length === count) break;
    found.push(name);
  }
  return found;
}
