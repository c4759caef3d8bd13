import {
  BrokerUnavailable,
  type BrokerHistory,
  type HistoryBounds,
  type LogEnd,
  type LogEntry,
  type LogNews,
  type LogPage,
} from '#hub';
import { Request } from '../wire/frame-kind.js';
import { readEnd, writeBounds, writeNames } from '../wire/values.js';
import type { PrimaryConnection } from './primary-connection.js';

/** Appends of this process, each once: part of the id under which one is tried again. */
let appends = 0;

/** The histories in the primary's memory, as one worker sees them. */
export class PrimaryHistory implements BrokerHistory {
  readonly #connection: PrimaryConnection;
  readonly #feeds = new Map<string, (news: LogNews) => void>();

  constructor(connection: PrimaryConnection) {
    this.#connection = connection;
  }

  async append(
    room: string,
    body: Uint8Array,
    bounds: HistoryBounds,
    id?: string,
  ): Promise<LogNews> {
    const own = `${process.pid}.${Date.now()}.${++appends}`;
    const ids = id === undefined ? [own] : [own, `=${id}`];
    const append = async (): Promise<LogNews> => {
      const answer = await this.#connection.ask(Request.Append, (writer) => {
        writer.text(room);
        writeNames(writeBounds(writer, bounds), ids).bytes(body);
      });
      return { ...readEnd(answer), time: answer.u64(), body };
    };
    const { session } = this.#connection;
    try {
      return await append();
    } catch (error) {
      // The primary may have it: under the same id it is not appended twice.
      const isNew = this.#connection.session !== session;
      if (!(error instanceof BrokerUnavailable) || !isNew) throw error;
      return append();
    }
  }

  async read(room: string, after: number, bounds: HistoryBounds): Promise<LogPage> {
    const answer = await this.#connection.ask(Request.ReadHistory, (writer) =>
      writeBounds(writer.text(room).u64(after), bounds),
    );
    const end = readEnd(answer);
    const entries: LogEntry[] = [];
    for (let left = answer.u32(); left > 0; left--) {
      entries.push({ offset: answer.u64(), time: answer.u64(), body: answer.bytes() });
    }
    return { ...end, entries };
  }

  async ends(rooms: readonly string[]): Promise<readonly LogEnd[]> {
    const answer = await this.#connection.ask(Request.Ends, (writer) => writeNames(writer, rooms));
    return rooms.map(() => readEnd(answer));
  }

  async clear(room: string): Promise<void> {
    await this.#connection.ask(Request.ClearHistory, (writer) => writer.text(room));
  }

  async follow(room: string, feed: (news: LogNews) => void): Promise<void> {
    this.#feeds.set(room, feed);
    await this.#connection.ask(Request.Follow, (writer) => writeNames(writer, [room]));
  }

  unfollow(room: string): void {
    if (!this.#feeds.delete(room)) return;
    // Without a session there is nothing to end.
    this.#connection.session?.unfollow([room]).catch(() => undefined);
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
