import type { BrokerHistory, LogNews } from '../broker/broker-history.js';
import type { BrokerMailbox } from '../broker/broker-mailbox.js';
import type {
  Broker,
  BrokerHost,
  BrokerSession,
  Logged,
  LogLimit,
  Outgoing,
} from '../broker/broker.js';
import { BrokerUnavailable } from '../broker/broker-unavailable.js';
import { memoryBroker } from '../broker/memory/memory-broker.js';
import { MemoryBrokerServer } from '../broker/memory/memory-broker-server.js';
import type { Clock } from '../support/clock.js';

/** Milliseconds in which stores answer or reject. */
const STORE_LIMIT = 2_000;

type Kind = 'read' | 'write';

interface Write {
  readonly at: number;
  readonly apply: (server: MemoryBrokerServer) => void;
}

/** A memory broker's server to which everything happens that happens to servers. */
export class FaultyServer {
  /** Refuses what writes, as a replica or a full server does. */
  refusing = false;
  readonly brokers: FaultyBroker[] = [];
  readonly #clock: Clock;
  readonly #maxMessage: number | undefined;
  #server: MemoryBrokerServer | undefined;
  #writes: Write[] = [];
  #generations = 0;
  /** Time as it was when a write was done that is done again. */
  #past: number | undefined;
  #startedAt = 0;
  #hanging = false;

  constructor(clock: Clock, maxMessage?: number) {
    this.#clock = clock;
    this.#maxMessage = maxMessage;
    this.#startedAt = clock.now();
    this.#server = this.#fresh();
  }

  get alive(): boolean {
    return this.#server !== undefined;
  }

  /** A broker for one more node. */
  broker(): FaultyBroker {
    const broker = new FaultyBroker(this, this.#clock);
    this.brokers.push(broker);
    if (this.#hanging) broker.cut();
    return broker;
  }

  reach(): MemoryBrokerServer {
    if (this.#server === undefined) throw new BrokerUnavailable('The server is dead');
    return this.#server;
  }

  /** Killed: all sessions end. */
  die(): void {
    const server = this.#server;
    this.#server = undefined;
    server?.close();
  }

  /**
   * Comes back as another generation, killed before if it was alive. Histories begin again in any case;
   * logs and mail are there but for the newest writes.
   * @param lost how many writes; Infinity for a server that comes back empty
   */
  restart(lost = Infinity): void {
    this.die();
    this.#writes = this.#writes.slice(0, Math.max(0, this.#writes.length - lost));
    if (this.#writes.length === 0) this.#startedAt = this.#clock.now();
    this.#past = this.#startedAt;
    const server = this.#fresh();
    for (const { at, apply } of this.#writes) {
      this.#past = at;
      apply(server);
    }
    this.#past = undefined;
    this.#server = server;
  }

  /** Stopped: takes requests, and answers none. */
  hang(): void {
    this.#hanging = true;
    for (const broker of this.brokers) broker.cut();
  }

  resume(): void {
    this.#hanging = false;
    for (const broker of this.brokers) broker.heal();
  }

  /** Remembers what a server writes, for `restart`. */
  #record({ mailboxes, logs }: MemoryBrokerServer): void {
    const wrote = (apply: Write['apply']): void => {
      if (this.#past === undefined) this.#writes.push({ at: this.#clock.now(), apply });
    };
    const push = mailboxes.push.bind(mailboxes);
    const remove = mailboxes.remove.bind(mailboxes);
    const clear = mailboxes.clear.bind(mailboxes);
    const append = logs.append.bind(logs);
    mailboxes.push = (...about) => {
      wrote((server) => void server.mailboxes.push(...about));
      return push(...about);
    };
    mailboxes.remove = (...about) => {
      wrote((server) => void server.mailboxes.remove(...about));
      return remove(...about);
    };
    mailboxes.clear = (...about) => {
      wrote((server) => server.mailboxes.clear(...about));
      clear(...about);
    };
    logs.append = (...about) => {
      wrote((server) => server.logs.append(...about));
      append(...about);
    };
  }

  #fresh(): MemoryBrokerServer {
    const clock: Clock = {
      now: () => this.#past ?? this.#clock.now(),
      after: (delay, call) => this.#clock.after(delay, call),
      soon: (call) => this.#clock.soon(call),
      clear: (timer) => this.#clock.clear(timer),
      random: () => this.#clock.random(),
    };
    const generation = `server-${++this.#generations}`;
    const server = new MemoryBrokerServer({ clock, generation, maxMessage: this.#maxMessage });
    this.#record(server);
    return server;
  }
}

/** One node's way to a faulty server, which may be cut. What was under way arrives when it heals. */
export class FaultyBroker implements Broker {
  readonly name = 'faulty';
  readonly history: BrokerHistory;
  readonly mailbox: BrokerMailbox;
  readonly #server: FaultyServer;
  readonly #clock: Clock;
  readonly #broker: Broker;
  #isCut = false;
  /** In the order they were to arrive, at either end. */
  #held: (() => void)[] = [];

  constructor(server: FaultyServer, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
    this.#broker = memoryBroker(() => server.reach());
    this.history = this.#faultyHistory();
    this.mailbox = this.#faultyMailbox();
  }

  get maxMessage(): number {
    return this.#broker.maxMessage;
  }

  cut(): void {
    this.#isCut = true;
  }

  heal(): void {
    this.#isCut = false;
    const held = this.#held;
    this.#held = [];
    for (const arrive of held) arrive();
  }

  async open(host: BrokerHost): Promise<BrokerSession> {
    const state = { ended: false };
    const session = await this.ask('read', () =>
      this.#broker.open({
        node: host.node,
        received: (channel, lent) => {
          const message = new Uint8Array(lent);
          this.arrive(() => {
            if (state.ended) return;
            host.received(channel, message);
            // Lent: whoever keeps it without a copy finds out.
            message.fill(0xee);
          });
        },
        closed: (error) =>
          this.arrive(() => {
            if (state.ended) return;
            state.ended = true;
            host.closed(error);
          }),
      }),
    );
    return new FaultySession(this, session, state);
  }

  /** Calls at once, or when the way is there again. */
  arrive(call: () => void): void {
    if (this.#isCut) this.#held.push(call);
    else call();
  }

  /** Brings a request to the server and its answer back; both may be held. */
  ask<Answer>(kind: Kind, request: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const refuse = (error: unknown): void =>
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on
        this.arrive(() => reject(error));
      this.arrive(() => {
        if (kind === 'write' && this.#server.refusing) {
          refuse(new BrokerUnavailable('The server takes no writes'));
          return;
        }
        request().then((answer) => this.arrive(() => resolve(answer)), refuse);
      });
    });
  }

  #store<Answer>(kind: Kind, request: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(STORE_LIMIT, () =>
        reject(new BrokerUnavailable(`No answer within ${STORE_LIMIT} ms`)),
      );
      this.ask(kind, request)
        .finally(() => this.#clock.clear(timer))
        .then(resolve, reject);
    });
  }

  #faultyHistory(): BrokerHistory {
    const { history } = this.#broker;
    if (history === undefined) throw new Error('A memory broker has a history');
    return {
      append: (room, body, bounds, id) => {
        const copy = new Uint8Array(body);
        return this.#store('write', () => history.append(room, copy, bounds, id));
      },
      read: (room, after, bounds) => this.#store('read', () => history.read(room, after, bounds)),
      ends: (rooms) => this.#store('read', () => history.ends(rooms)),
      clear: (room) => this.#store('write', () => history.clear(room)),
      follow: (room, feed) => {
        const told = (news: LogNews): void => this.arrive(() => feed(news));
        return this.#store('read', () => history.follow(room, told));
      },
      unfollow: (room) => this.arrive(() => history.unfollow(room)),
    };
  }

  #faultyMailbox(): BrokerMailbox {
    const { mailbox } = this.#broker;
    if (mailbox === undefined) throw new Error('A memory broker has a mailbox');
    return {
      push: (user, { body, ...about }, bounds) => {
        const mail = { ...about, body: new Uint8Array(body) };
        return this.#store('write', () => mailbox.push(user, mail, bounds));
      },
      list: (user) => this.#store('read', () => mailbox.list(user)),
      remove: (user, numbers) => this.#store('write', () => mailbox.remove(user, numbers)),
      clear: (user) => this.#store('write', () => mailbox.clear(user)),
    };
  }
}

class FaultySession implements BrokerSession {
  readonly generation: string;
  readonly #broker: FaultyBroker;
  readonly #session: BrokerSession;
  readonly #state: { ended: boolean };

  constructor(broker: FaultyBroker, session: BrokerSession, state: { ended: boolean }) {
    this.generation = session.generation;
    this.#broker = broker;
    this.#session = session;
    this.#state = state;
  }

  send(batch: readonly Outgoing[], log: boolean): Promise<void> {
    // What lies in a socket's buffer arrives, also after its end.
    const copies = batch.map((one) => ({ ...one, message: new Uint8Array(one.message) }));
    return this.#broker.ask('write', () => this.#session.send(copies, log));
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#broker.ask('read', () => this.#session.subscribe(channels));
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#broker.ask('read', () => this.#session.unsubscribe(channels));
  }

  async *readLog(node: string, after: number, limit: LogLimit): AsyncGenerator<Logged> {
    yield* await this.#broker.ask('read', async () => {
      const found: Logged[] = [];
      for await (const logged of this.#session.readLog(node, after, limit)) found.push(logged);
      return found;
    });
  }

  probe(): Promise<void> {
    return this.#broker.ask('write', () => this.#session.probe());
  }

  destroy(): void {
    this.#state.ended = true;
    this.#broker.arrive(() => this.#session.destroy());
  }
}
