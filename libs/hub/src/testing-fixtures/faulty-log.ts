import type {
  BrokerHistory,
  HistoryBounds,
  LogEnd,
  LogEntry,
  LogNews,
  LogPage,
} from '../broker/broker-history.js';
import { BrokerUnavailable } from '../broker/broker-unavailable.js';
import type { Clock } from '../support/clock.js';

/** What may go wrong between a node and the server; chances from 0 to 1, milliseconds. */
export interface Faults {
  readonly delay: number;
  readonly newsDelay: number;
  readonly loss: number;
  readonly doubling: number;
}

const NO_FAULTS: Faults = { delay: 0, newsDelay: 0, loss: 0, doubling: 0 };

interface RoomLog {
  epoch: string;
  offset: number;
  entries: LogEntry[];
}

/** One log server in memory. */
export class LogServer {
  readonly clock: Clock;
  readonly nodes = new Set<LogNode>();
  /** Everything that was ever appended, by epoch and offset. */
  readonly truth = new Map<string, Uint8Array>();
  #rooms = new Map<string, RoomLog>();
  #epochs = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  append(room: string, body: Uint8Array, bounds: HistoryBounds): LogNews {
    const log = this.room(room);
    const entry = { offset: ++log.offset, time: this.clock.now(), body };
    log.entries.push(entry);
    log.entries = log.entries.slice(-bounds.maxMessages);
    this.truth.set(`${log.epoch} ${log.offset}`, body);
    const news = { ...entry, epoch: log.epoch };
    for (const node of this.nodes) node.hear(room, news);
    return news;
  }

  room(room: string): RoomLog {
    const log = this.#rooms.get(room) ?? {
      epoch: `epoch${++this.#epochs}`,
      offset: 0,
      entries: [],
    };
    this.#rooms.set(room, log);
    return log;
  }

  clear(room: string): void {
    this.#rooms.delete(room);
  }

  /** Another server, or the same one back without what it had. */
  restart(): void {
    this.#rooms = new Map();
  }
}

/** The server as one node sees it. */
export class LogNode implements BrokerHistory {
  faults: Faults = NO_FAULTS;
  /** Whether there is no session. */
  isDown = false;
  /** Calls that never get an answer. */
  isStuck = false;
  readonly calls: string[] = [];
  readonly #server: LogServer;
  readonly #feeds = new Map<string, (news: LogNews) => void>();
  readonly #up = new Set<() => void>();
  /** Appends are done in the order of the calls. */
  #tail = 0;
  #session = 0;

  constructor(server: LogServer, faults: Partial<Faults> = {}) {
    this.#server = server;
    this.faults = { ...NO_FAULTS, ...faults };
    server.nodes.add(this);
  }

  get followed(): string[] {
    return [...this.#feeds.keys()];
  }

  onUp(listener: () => void): () => void {
    this.#up.add(listener);
    return () => void this.#up.delete(listener);
  }

  /** The session ends: what is under way is rejected, done or not. */
  cut(): void {
    this.isDown = true;
    this.#session++;
  }

  heal(): void {
    this.isDown = false;
    for (const listener of this.#up) listener();
  }

  append(room: string, body: Uint8Array, bounds: HistoryBounds): Promise<LogNews> {
    const { clock } = this.#server;
    this.#tail = Math.max(this.#tail, clock.now() + this.#some(this.faults.delay));
    return this.#call(
      'append',
      () => this.#server.append(room, body, bounds),
      this.#tail - clock.now(),
    );
  }

  read(room: string, after: number, bounds: HistoryBounds): Promise<LogPage> {
    return this.#call('read', () => {
      const { epoch, offset, entries } = this.#server.room(room);
      const since = this.#server.clock.now() - bounds.maxAge;
      const kept = entries.filter((one) => one.offset > after && one.time > since);
      return { epoch, offset, entries: kept };
    });
  }

  ends(rooms: readonly string[]): Promise<readonly LogEnd[]> {
    return this.#call('ends', () =>
      rooms.map((room) => {
        const { epoch, offset } = this.#server.room(room);
        return { epoch, offset };
      }),
    );
  }

  clear(room: string): Promise<void> {
    return this.#call('clear', () => this.#server.clear(room));
  }

  follow(room: string, feed: (news: LogNews) => void): Promise<void> {
    return this.#call('follow', () => void this.#feeds.set(room, feed));
  }

  unfollow(room: string): void {
    this.#feeds.delete(room);
  }

  /** News from the server, as the network brings it. */
  hear(room: string, news: LogNews): void {
    const { loss, doubling, newsDelay } = this.faults;
    if (this.isDown || !this.#feeds.has(room)) return;
    const copies = this.#chance(loss) ? 0 : this.#chance(doubling) ? 2 : 1;
    const session = this.#session;
    for (let copy = 0; copy < copies; copy++) {
      this.#later(this.#some(newsDelay), () => {
        if (session === this.#session) this.#feeds.get(room)?.(news);
      });
    }
  }

  #call<Value>(
    name: string,
    doIt: () => Value,
    there = this.#some(this.faults.delay),
  ): Promise<Value> {
    this.calls.push(name);
    if (this.isDown) return Promise.reject(new BrokerUnavailable('No session'));
    if (this.isStuck) return new Promise(() => {});
    const session = this.#session;
    return new Promise((resolve, reject) => {
      this.#later(there, () => {
        // The request may be lost with the session, or only its answer.
        const isLost = session !== this.#session;
        if (isLost && this.#chance(0.5)) {
          reject(new BrokerUnavailable('The session has ended'));
          return;
        }
        const value = doIt();
        this.#later(this.#some(this.faults.delay), () => {
          if (session === this.#session) resolve(value);
          else reject(new BrokerUnavailable('The session has ended'));
        });
      });
    });
  }

  #later(delay: number, call: () => void): void {
    if (delay === 0) queueMicrotask(call);
    else this.#server.clock.after(delay, call);
  }

  #some(most: number): number {
    return most === 0 ? 0 : 1 + Math.floor(this.#server.clock.random() * most);
  }

  #chance(chance: number): boolean {
    return chance > 0 && this.#server.clock.random() < chance;
  }
}
