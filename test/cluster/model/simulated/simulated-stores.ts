import { BrokerUnavailable, type MemoryBrokerServer } from '#hub';
import type { BrokerHistory, LogNews } from '../../../../libs/hub/src/broker/broker-history.js';
import type { BrokerMailbox } from '../../../../libs/hub/src/broker/broker-mailbox.js';
import type { SimulatedServer } from './simulated-server.js';
import type { SimulatedSession } from './simulated-session.js';

/** Milliseconds in which a store answers. */
const ANSWER_LIMIT = 1_900;
const RETRY_DELAY = 100;

/** Histories and mail of the simulated server, as one node sees them. */
export class SimulatedStores {
  readonly #server: SimulatedServer;
  readonly #session: () => SimulatedSession | undefined;
  readonly #feeds = new Map<string, (news: LogNews) => void>();
  readonly #producer: string;
  #appended = 0;

  constructor(
    server: SimulatedServer,
    producer: string,
    session: () => SimulatedSession | undefined,
  ) {
    this.#server = server;
    this.#producer = producer;
    this.#session = session;
  }

  /** Rooms that are followed, with each session. */
  get followed(): string[] {
    return [...this.#feeds.keys()];
  }

  news(room: string, news: LogNews): void {
    this.#feeds.get(room)?.(news);
  }

  readonly history: BrokerHistory = {
    append: (room, body, bounds, id) => {
      const copy = Buffer.from(body);
      const ids = [`${this.#producer} ${++this.#appended}`, ...(id === undefined ? [] : [id])];
      // Only what would be doubled without its number is asked once more.
      return this.#ask(
        () => this.#server.change(({ histories }) => histories.append(room, copy, bounds, ids)),
        this.#server.clock.now() + ANSWER_LIMIT,
      );
    },
    read: (room, after, bounds) =>
      this.#ask(({ histories }) => histories.read(room, after, bounds)),
    ends: (rooms) => this.#ask(({ histories }) => rooms.map((room) => histories.end(room))),
    clear: (room) => this.#ask(() => this.#server.change(({ histories }) => histories.clear(room))),
    follow: (room, feed) => {
      this.#feeds.set(room, feed);
      const session = this.#session();
      return session?.follow([room]) ?? Promise.reject(new BrokerUnavailable('No session'));
    },
    unfollow: (room) => {
      if (this.#feeds.delete(room)) this.#session()?.unfollow(room);
    },
  };

  readonly mailbox: BrokerMailbox = {
    push: (userId, mail, bounds) => {
      const copy = { ...mail, body: Buffer.from(mail.body) };
      return this.#ask(({ mailboxes }) => mailboxes.push(userId, copy, bounds));
    },
    list: (userId) => this.#ask(({ mailboxes }) => mailboxes.list(userId)),
    remove: (userId, numbers) => this.#ask(({ mailboxes }) => mailboxes.remove(userId, numbers)),
    clear: (userId) => this.#ask(({ mailboxes }) => mailboxes.clear(userId)),
  };

  /** @param again until when it is asked once more when the session ends */
  async #ask<Answer>(request: (stores: MemoryBrokerServer) => Answer, again = 0): Promise<Answer> {
    const { clock } = this.#server;
    const session = this.#session();
    try {
      if (session === undefined) throw new BrokerUnavailable('There is no session');
      return await new Promise<Answer>((resolve, reject) => {
        const limit = again === 0 ? ANSWER_LIMIT : again - clock.now();
        const timer = clock.after(limit, () => reject(new BrokerUnavailable('No answer')));
        session
          .ask((stores) => {
            const answer = request(stores);
            return () => answer;
          })
          .then(resolve, reject)
          .finally(() => clock.clear(timer));
      });
    } catch (error) {
      if (again <= clock.now() + RETRY_DELAY) throw error;
      await new Promise<void>((resolve) => clock.after(RETRY_DELAY, resolve));
      return this.#ask(request, again);
    }
  }
}
