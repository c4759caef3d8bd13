import { setInterval } from 'node:timers';
import { ConnectionLost } from '../client/reply-error.js';
import type { Connect, RedisConnection } from '../client/redis-connection.js';
import { Outstanding } from './outstanding.js';

/** Milliseconds for one answer; with the interval of looking it is 2 seconds. */
const ANSWER_TIME = 1_900;
const LOOK_INTERVAL = 100;
/** Milliseconds without a look: the process itself stood still, and answers may lie in the socket. */
const STOOD_STILL = 500;
/** Channels in one command: a longer one would keep the server from others. */
const CHANNELS_AT_ONCE = 512;

/** Told what comes from the server; set by whoever owns the link. */
interface LinkListener {
  received(channel: string, message: Buffer): void;
  /** It has ended by itself, once. */
  closed(error: Error): void;
}

/**
 * Two connections to one server, one for commands and one for subscriptions: they live and end
 * together. An unanswered command ends them, too, since a server that hangs closes nothing.
 */
export class RedisLink {
  readonly #outstanding = new Outstanding();
  readonly #listener: LinkListener;
  #commands: RedisConnection | undefined;
  #messages: RedisConnection | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  /** The last change of subscriptions: clients mix up those that overlap. */
  #changed: Promise<unknown> = Promise.resolve();
  #lost: Error | undefined;

  private constructor(listener: LinkListener) {
    this.#listener = listener;
  }

  /** @throws as a rejection, when there is no connection; nothing is left open then */
  static async open(
    connect: Connect,
    name: string,
    signal: AbortSignal,
    listener: LinkListener,
  ): Promise<RedisLink> {
    const link = new RedisLink(listener);
    const opening = [0, 1].map(() =>
      connect(
        {
          received: (channel, message) => link.#received(channel, message),
          closed: (error) => link.#closed(error),
        },
        name,
        signal,
      ),
    );
    const [commands, messages] = await Promise.allSettled(opening);
    if (commands?.status === 'fulfilled') link.#commands = commands.value;
    if (messages?.status === 'fulfilled') link.#messages = messages.value;
    const failed = [commands, messages].find((one) => one?.status === 'rejected');
    if (failed !== undefined || link.#lost !== undefined) {
      link.destroy();
      throw failed?.reason ?? link.#lost;
    }
    link.#watch();
    return link;
  }

  /** Why it is over, undefined while it is not. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** @throws {ConnectionLost} as a rejection, when it is not known whether the server got it */
  ask<Value>(request: (commands: RedisConnection) => Promise<Value>): Promise<Value> {
    return this.#ask(this.#commands, request);
  }

  /** The same over the connection for subscriptions. */
  askOther<Value>(request: (messages: RedisConnection) => Promise<Value>): Promise<Value> {
    return this.#ask(this.#messages, request);
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#change(channels, (messages, some) => messages.subscribe(some));
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#change(channels, (messages, some) => messages.unsubscribe(some));
  }

  /** At once; its listener hears no more. */
  destroy(error: Error = new ConnectionLost('The session with Redis was ended')): void {
    this.#lost ??= error;
    clearInterval(this.#watchdog);
    this.#commands?.destroy();
    this.#messages?.destroy();
    this.#outstanding.giveUp(error);
  }

  #ask<Value>(
    connection: RedisConnection | undefined,
    request: (connection: RedisConnection) => Promise<Value>,
  ): Promise<Value> {
    if (connection === undefined || this.#lost !== undefined) {
      return Promise.reject(this.#lost ?? new ConnectionLost('There is no connection to Redis'));
    }
    return this.#outstanding.track(request(connection));
  }

  async #change(
    channels: readonly string[],
    change: (messages: RedisConnection, channels: readonly string[]) => Promise<unknown>,
  ): Promise<void> {
    for (let from = 0; from < channels.length; from += CHANNELS_AT_ONCE) {
      const some = channels.slice(from, from + CHANNELS_AT_ONCE);
      const before = this.#changed;
      const done = before.then(() =>
        this.askOther(async (messages) => {
          await change(messages, some);
        }),
      );
      this.#changed = done.catch(() => {});
      await done;
    }
  }

  #watch(): void {
    this.#lookedAt = performance.now();
    this.#watchdog = setInterval(() => this.#look(), LOOK_INTERVAL).unref();
  }

  #look(): void {
    const now = performance.now();
    const stoodStill = now - this.#lookedAt > STOOD_STILL;
    this.#lookedAt = now;
    if (stoodStill || this.#outstanding.age < ANSWER_TIME) return;
    this.#closed(new ConnectionLost('Redis has not answered within 2 seconds'));
  }

  #received(channel: string, message: Buffer): void {
    if (this.#lost === undefined) this.#listener.received(channel, message);
  }

  #closed(error: Error): void {
    if (this.#lost !== undefined) return;
    const lost =
      error instanceof ConnectionLost
        ? error
        : new ConnectionLost(`The connection to Redis was lost: ${error.message}`, {
            cause: error,
          });
    const wasOpen = this.#watchdog !== undefined;
    this.destroy(lost);
    if (wasOpen) this.#listener.closed(lost);
  }
}
