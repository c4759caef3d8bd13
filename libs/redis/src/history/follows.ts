import type { LogNews } from '#hub';
import { ConnectionLost } from '../client/reply-error.js';
import type { CurrentSession } from '../session/current-session.js';
import type { RedisSession } from '../session/redis-session.js';

type Feed = (news: LogNews) => void;

interface Wish {
  readonly channel: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Channels of rooms that are followed, over all sessions; many of one turn are one command. */
export class Follows {
  readonly #current: CurrentSession;
  readonly #feeds = new Map<string, Feed>();
  #wishes: Wish[] = [];
  /** Channels to be let go, unless they are followed again in this turn. */
  readonly #gone = new Set<string>();
  #isScheduled = false;

  constructor(current: CurrentSession) {
    this.#current = current;
  }

  get(channel: string): Feed | undefined {
    return this.#feeds.get(channel);
  }

  add(channel: string, feed: Feed): Promise<void> {
    this.#feeds.set(channel, feed);
    if (this.#current.session === undefined) {
      return Promise.reject(
        new ConnectionLost('Cannot follow a history yet: there is no session with Redis'),
      );
    }
    return new Promise((resolve, reject) => {
      this.#wishes.push({ channel, resolve, reject });
      this.#schedule();
    });
  }

  remove(channel: string): void {
    if (!this.#feeds.delete(channel)) return;
    this.#gone.add(channel);
    this.#schedule();
  }

  /** Subscribes all of them with a new session. */
  async resume(session: RedisSession): Promise<void> {
    const channels = [...this.#feeds.keys()];
    if (channels.length > 0) await session.listen(channels);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const wishes = this.#wishes;
    this.#wishes = [];
    const gone = [...this.#gone].filter((channel) => !this.#feeds.has(channel));
    this.#gone.clear();
    const { session } = this.#current;
    // What is lost with a session is subscribed with the next, or was to be let go anyway.
    if (gone.length > 0) session?.unlisten(gone).catch(() => {});
    if (wishes.length === 0) return;
    try {
      await this.#current.get().listen(wishes.map(({ channel }) => channel));
      for (const { resolve } of wishes) resolve();
    } catch (error) {
      for (const { reject } of wishes) reject(error);
    }
  }
}
