import { BrokerUnavailable } from '#hub';
import type {
  BrokerHost,
  BrokerSession,
  Logged,
  LogLimit,
  Outgoing,
} from '../../../../libs/hub/src/broker/broker.js';
import type { LogNews } from '../../../../libs/hub/src/broker/broker-history.js';
import type { Path } from './path.js';
import type { SimulatedServer } from './simulated-server.js';
import type { Wire } from './wire.js';

/** Nobody listens to it: what a probe sends to itself. */
const ECHO = 'echo';

/** A connection of a node to the server: two directions, and one more for what is published. */
export class SimulatedSession implements BrokerSession {
  readonly generation: string;
  readonly path: Path;
  readonly #server: SimulatedServer;
  readonly #host: BrokerHost;
  readonly #feed: { news(room: string, news: LogNews): void };
  readonly #toServer: Wire;
  readonly #answers: Wire;
  readonly #messages: Wire;
  readonly #channels = new Set<string>();
  readonly #pending = new Set<(error: Error) => void>();
  readonly #echoes: (() => void)[] = [];
  readonly #receive = (room: string, news: LogNews): void =>
    this.#messages.send(() => {
      if (!this.#ended) this.#feed.news(room, news);
    });
  #ended = false;

  constructor(
    server: SimulatedServer,
    path: Path,
    host: BrokerHost,
    feed: { news(room: string, news: LogNews): void },
  ) {
    this.generation = server.stores?.generation ?? '';
    this.path = path;
    this.#server = server;
    this.#host = host;
    this.#feed = feed;
    this.#toServer = path.wire(() => server.hung || path.unheard);
    this.#answers = path.wire(() => path.deaf);
    this.#messages = path.oneWire
      ? this.#answers
      : path.wire(() => path.deaf || path.messagesStuck);
    server.sessions.add(this);
  }

  get ended(): boolean {
    return this.#ended;
  }

  send(batch: readonly Outgoing[], log: boolean): Promise<void> {
    const { node } = this.#host;
    const copies = batch.map((one) => ({ ...one, message: Buffer.from(one.message) }));
    return this.ask(() => {
      for (const one of copies) {
        if (log && one.seq > 0) this.#server.change(({ logs }) => logs.append(node, one));
        this.#server.publish(one.channel, one.message);
      }
      if (this.#server.loseAnswers > 0) {
        this.#server.loseAnswers--;
        return undefined;
      }
      return () => {
        for (const { seq } of copies) {
          this.#server.acknowledged.set(`${node} ${seq}`, this.#server.clock.now());
        }
      };
    });
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.ask(() => {
      for (const channel of channels) {
        this.#channels.add(channel);
        this.path.subscribed.add(channel);
      }
      return () => {};
    });
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.ask(() => {
      for (const channel of channels) {
        this.#channels.delete(channel);
        this.path.subscribed.delete(channel);
      }
      return () => {};
    });
  }

  async *readLog(node: string, after: number, limit: LogLimit): AsyncGenerator<Logged> {
    const found = await this.ask(() => {
      const page = this.#server.stores?.logs.read(node, after, limit) ?? [];
      return () => page;
    });
    for (const { channel, message } of found) yield { channel, message: Buffer.from(message) };
  }

  async probe(): Promise<void> {
    const echo = new Promise<void>((resolve) => this.#echoes.push(resolve));
    await this.ask(() => {
      this.#messages.send(() => this.#echoes.shift()?.());
      return () => {};
    });
    await echo;
  }

  follow(rooms: readonly string[]): Promise<void> {
    return this.ask(({ histories }) => {
      for (const room of rooms) histories.followers.subscribe(this.#receive, room);
      return () => {};
    });
  }

  unfollow(room: string): void {
    this.#server.stores?.histories.followers.unsubscribe(this.#receive, room);
  }

  /** What is under way to the server arrives there all the same. */
  destroy(): void {
    this.#end(new BrokerUnavailable('The session was destroyed'));
  }

  /** The server has ended it; the node hears of that unless it hears nothing. */
  close(): void {
    this.#leave();
    this.#toServer.cut();
    if (this.#messages !== this.#answers) this.#messages.cut();
    this.#answers.send(() => this.#closed());
  }

  /** The process of the node is gone. */
  abandon(): void {
    this.#ended = true;
    this.#leave();
    this.#answers.cut();
    this.#messages.cut();
  }

  /** Something was published. */
  published(channel: string, message: Uint8Array): void {
    if (!this.#channels.has(channel)) return;
    const { clock } = this.#server;
    const { loss, doubling } = this.path;
    if (channel !== ECHO && clock.chance(loss)) return;
    for (let copies = clock.chance(doubling) ? 2 : 1; copies > 0; copies--) {
      this.#messages.send(() => {
        if (this.#ended) return;
        // Lent: whoever keeps a view of it finds nothing there.
        const lent = Buffer.from(message);
        this.#host.received(channel, lent);
        lent.fill(0xee);
      });
    }
  }

  /**
   * @param request what the server does; gives what is done when its answer arrives, or undefined when
   *   that gets lost
   */
  ask<Answer>(
    request: (stores: NonNullable<SimulatedServer['stores']>) => (() => Answer) | undefined,
  ): Promise<Answer> {
    if (this.#ended) return Promise.reject(new BrokerUnavailable('The session has ended'));
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      this.#toServer.send(() => {
        const { stores } = this.#server;
        if (stores === undefined || stores.generation !== this.generation) return;
        let answer: ReturnType<typeof request>;
        try {
          answer = request(stores);
        } catch (error) {
          this.#answers.send(() => reject(error));
          return;
        }
        if (answer === undefined) return;
        this.#answers.send(() => {
          this.#pending.delete(reject);
          if (!this.#ended) resolve(answer());
        });
      });
    });
  }

  #closed(): void {
    if (this.#ended) return;
    const error = new BrokerUnavailable('The server has closed the session');
    this.#end(error);
    this.#host.closed(error);
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave();
    this.#answers.cut();
    this.#messages.cut();
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
  }

  #leave(): void {
    this.#channels.clear();
    this.#server.sessions.delete(this);
    this.#server.stores?.histories.followers.leave(this.#receive);
  }
}
