import type { BrokerHost, BrokerSession, Logged, LogLimit, Outgoing } from '../broker.js';
import type { LogNews } from '../broker-history.js';
import { BrokerUnavailable } from '../broker-unavailable.js';
import type { MemoryBrokerServer } from './memory-broker-server.js';

/**
 * A connection without a wire. Like one it hands over nothing within a call: messages and answers come
 * in one order, later.
 */
export class MemorySession implements BrokerSession {
  readonly generation: string;
  readonly #server: MemoryBrokerServer;
  readonly #host: BrokerHost;
  readonly #detach: () => void;
  readonly #receive = (channel: string, message: Uint8Array): void =>
    this.#later(() => this.#host.received(channel, message));
  /** Called by the rooms this session follows. */
  readonly #feed: (room: string, news: LogNews) => void;
  readonly #pending = new Set<(error: Error) => void>();
  #inbox: (() => void)[] = [];
  #ended = false;

  /**
   * @param feed told what is appended to followed rooms
   * @throws {BrokerUnavailable}
   */
  constructor(
    server: MemoryBrokerServer,
    host: BrokerHost,
    feed: (room: string, news: LogNews) => void,
  ) {
    this.generation = server.generation;
    this.#server = server;
    this.#host = host;
    this.#feed = (room, news) => this.#later(() => feed(room, news));
    this.#detach = server.attach((error) => {
      this.#end(error);
      host.closed(error);
    });
  }

  send(batch: readonly Outgoing[], log: boolean): Promise<void> {
    return this.ask((server) => {
      for (const { message } of batch) server.checkLength(message);
      // The sender may use its bytes again, the log keeps what it is given.
      const copies = batch.map((one) => ({ ...one, message: new Uint8Array(one.message) }));
      server.publish(this.#host.node, copies, log);
    });
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.ask(({ relay }) => {
      for (const channel of channels) relay.subscribe(this.#receive, channel);
    });
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.ask(({ relay }) => {
      for (const channel of channels) relay.unsubscribe(this.#receive, channel);
    });
  }

  async *readLog(node: string, after: number, limit: LogLimit): AsyncGenerator<Logged> {
    yield* await this.ask(({ logs }) => logs.read(node, after, limit));
  }

  async probe(): Promise<void> {
    await this.ask(() => undefined);
  }

  /** Hands over what is appended to these rooms from now on. */
  follow(rooms: readonly string[]): Promise<void> {
    return this.ask(({ histories }) => {
      for (const room of rooms) histories.followers.subscribe(this.#feed, room);
    });
  }

  unfollow(room: string): void {
    this.#server.histories.followers.unsubscribe(this.#feed, room);
  }

  destroy(): void {
    if (!this.#ended) this.#end(new BrokerUnavailable('The session was destroyed'));
  }

  /** Does something at once, and answers later, as a server would. */
  ask<Answer>(request: (server: MemoryBrokerServer) => Answer): Promise<Answer> {
    if (this.#ended) {
      return Promise.reject(
        new BrokerUnavailable('Cannot reach the broker: the session has ended'),
      );
    }
    return new Promise((resolve, reject) => {
      const answer = request(this.#server);
      this.#pending.add(reject);
      this.#later(() => {
        this.#pending.delete(reject);
        resolve(answer);
      });
    });
  }

  #later(call: () => void): void {
    if (this.#inbox.push(call) === 1) this.#server.clock.soon(() => this.#flush());
  }

  #flush(): void {
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const call of inbox) if (!this.#ended) call();
  }

  #end(error: Error): void {
    this.#ended = true;
    this.#detach();
    this.#server.relay.leave(this.#receive);
    this.#server.histories.followers.leave(this.#feed);
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
    this.#inbox = [];
  }
}
