import type { BrokerHistory, HistoryBounds, LogEnd, LogNews, LogPage } from '../broker-history.js';
import type { MemoryConnection } from './memory-connection.js';

/** The histories of a server in this process, as one node sees them. */
export class MemoryHistory implements BrokerHistory {
  readonly #connection: MemoryConnection;
  readonly #feeds = new Map<string, (news: LogNews) => void>();

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  append(room: string, body: Uint8Array, bounds: HistoryBounds, id?: string): Promise<LogNews> {
    const ids = id === undefined ? [] : [id];
    return this.#connection.ask((server) => {
      server.checkLength(body);
      return server.histories.append(room, new Uint8Array(body), bounds, ids);
    });
  }

  read(room: string, after: number, bounds: HistoryBounds): Promise<LogPage> {
    return this.#connection.ask(({ histories }) => histories.read(room, after, bounds));
  }

  ends(rooms: readonly string[]): Promise<readonly LogEnd[]> {
    return this.#connection.ask(({ histories }) => rooms.map((room) => histories.end(room)));
  }

  clear(room: string): Promise<void> {
    return this.#connection.ask(({ histories }) => histories.clear(room));
  }

  follow(room: string, feed: (news: LogNews) => void): Promise<void> {
    this.#feeds.set(room, feed);
    const { session } = this.#connection;
    return session?.follow([room]) ?? this.#connection.ask(() => undefined);
  }

  unfollow(room: string): void {
    if (this.#feeds.delete(room)) this.#connection.session?.unfollow(room);
  }

  /** Rooms that are followed, with each session. */
  followed(): string[] {
    return [...this.#feeds.keys()];
  }

  /** Something was appended to a room that is followed. */
  news(room: string, news: LogNews): void {
    this.#feeds.get(room)?.(news);
  }
}
