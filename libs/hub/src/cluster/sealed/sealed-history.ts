import type {
  BrokerHistory,
  HistoryBounds,
  LogEnd,
  LogEntry,
  LogNews,
  LogPage,
} from '../../broker/broker-history.js';
import type { StoreSeal } from './store-seal.js';

/** What stands in the place of an entry that nobody with the secret has written: it cannot be read. */
const NOTHING = new Uint8Array(0);

/** Histories whose messages are signed: the broker can still lose, repeat and reorder them, not forge them. */
export class SealedHistory implements BrokerHistory {
  readonly #log: BrokerHistory;
  readonly #seal: StoreSeal;

  constructor(log: BrokerHistory, seal: StoreSeal) {
    this.#log = log;
    this.#seal = seal;
  }

  async append(
    room: string,
    body: Uint8Array,
    bounds: HistoryBounds,
    id?: string,
  ): Promise<LogNews> {
    const news = await this.#log.append(room, this.#seal.close(room, body), bounds, id);
    return { ...news, body };
  }

  async read(room: string, after: number, bounds: HistoryBounds): Promise<LogPage> {
    const page = await this.#log.read(room, after, bounds);
    return { ...page, entries: page.entries.map((entry) => this.#open(room, entry)) };
  }

  ends(rooms: readonly string[]): Promise<readonly LogEnd[]> {
    return this.#log.ends(rooms);
  }

  clear(room: string): Promise<void> {
    return this.#log.clear(room);
  }

  follow(room: string, feed: (news: LogNews) => void): Promise<void> {
    return this.#log.follow(room, (news) => feed(this.#open(room, news)));
  }

  unfollow(room: string): void {
    this.#log.unfollow(room);
  }

  /** Its place stays taken, so that the members are told of a gap. */
  #open<Entry extends LogEntry>(room: string, entry: Entry): Entry {
    return { ...entry, body: this.#seal.open(room, entry.body) ?? NOTHING };
  }
}
