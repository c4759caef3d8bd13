import type { Subscription } from '@nats-io/transport-node';
import {
  BrokerUnavailable,
  messageTooLong,
  type BrokerHistory,
  type HistoryBounds,
  type LogEnd,
  type LogEntry,
  type LogNews,
  type LogPage,
} from '#hub';
import { UsageError } from '#engine';
import type { Subjects } from '../names/subjects.js';
import type { NatsSession } from '../session/nats-session.js';
import type { SessionHolder } from '../session/session-holder.js';
import { readSubject } from '../session/stream-reader.js';
import { unavailable } from '../session/unavailable.js';
import { RoomAppends } from './room-appends.js';
import { newsOf, readEnd, type RoomEnd } from './room-end.js';

/** Rooms whose end is asked for at a time. */
const SLICE = 64;
/** Times a page is read that was cleared or grew out of its bounds meanwhile. */
const MAX_TRIES = 3;

type Feed = (news: LogNews) => void;

/** Histories in a stream, one subject for each room; what is kept is heard by `republish`. */
export class NatsHistory implements BrokerHistory {
  readonly #holder: SessionHolder;
  readonly #subjects: Subjects;
  readonly #maxMessages: number;
  readonly #appends: RoomAppends;
  readonly #feeds = new Map<string, Feed>();
  #subscriptions = new Map<string, Subscription>();

  /** @param maxMessages the stream keeps of a room */
  constructor(holder: SessionHolder, subjects: Subjects, maxMessages: number) {
    this.#holder = holder;
    this.#subjects = subjects;
    this.#maxMessages = maxMessages;
    this.#appends = new RoomAppends(holder, subjects);
  }

  async append(
    room: string,
    body: Uint8Array,
    bounds: HistoryBounds,
    id?: string,
  ): Promise<LogNews> {
    this.#check(bounds);
    const { maxMessage } = this.#holder.session;
    if (body.length > maxMessage) throw messageTooLong(body.length, maxMessage);
    return this.#appends.append(room, Uint8Array.from(body), id);
  }

  async read(room: string, after: number, bounds: HistoryBounds): Promise<LogPage> {
    this.#check(bounds);
    try {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const end = await this.#appends.end(room);
        const { epoch, offset } = end;
        if (offset <= after) return { epoch, offset, entries: [] };
        const entries = await this.#entries(room, end);
        // Cleared, or written to so much meanwhile that the end is gone: read anew.
        if (entries.at(-1)?.offset !== offset) continue;
        return {
          epoch,
          offset,
          entries: within(entries, bounds).filter((one) => one.offset > after),
        };
      }
    } catch (error) {
      throw unavailable(error);
    }
    throw new BrokerUnavailable('Cannot read: the room changes faster than it can be read');
  }

  async ends(rooms: readonly string[]): Promise<readonly LogEnd[]> {
    const ends: LogEnd[] = [];
    for (let at = 0; at < rooms.length; at += SLICE) {
      const slice = rooms.slice(at, at + SLICE).map((room) => this.#appends.end(room));
      for (const { epoch, offset } of await Promise.all(slice)) ends.push({ epoch, offset });
    }
    return ends;
  }

  async clear(room: string): Promise<void> {
    const filter = this.#subjects.history(room);
    try {
      await this.#holder.streams.manager.streams.purge(this.#subjects.stream('HISTORY'), {
        filter,
      });
      this.#appends.forget(room);
      await this.#appends.end(room);
    } catch (error) {
      throw unavailable(error);
    }
  }

  async follow(room: string, feed: Feed): Promise<void> {
    this.#feeds.set(room, feed);
    await this.#listen(this.#holder.session, room);
  }

  unfollow(room: string): void {
    this.#feeds.delete(room);
    this.#subscriptions.get(room)?.unsubscribe();
    this.#subscriptions.delete(room);
  }

  /** Follows again what was followed, with a new session. */
  async resume(session: NatsSession): Promise<void> {
    this.#subscriptions = new Map();
    this.#appends.forgetAll();
    await Promise.all([...this.#feeds.keys()].map((room) => this.#listen(session, room)));
  }

  async #listen(session: NatsSession, room: string): Promise<void> {
    if (this.#subscriptions.has(room)) return session.flush();
    const listening = session.listen(this.#subjects.feed(room), {
      callback: (error, { headers, data }) => {
        if (error !== null) return;
        const end = readEnd(Number(headers?.get('Nats-Sequence')), headers);
        if (end === undefined) return;
        this.#appends.heard(room, end);
        if (end.offset > 0) this.#feeds.get(room)?.(newsOf(end, data));
      },
    });
    const subscription = await listening;
    // It may have been given up while the server was asked.
    if (this.#feeds.has(room)) this.#subscriptions.set(room, subscription);
    else subscription.unsubscribe();
  }

  async #entries(room: string, end: RoomEnd): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    const stream = this.#subjects.stream('HISTORY');
    const subject = this.#subjects.history(room);
    for await (const message of readSubject(this.#holder.streams, stream, subject, 1)) {
      const one = readEnd(message.seq, message.headers);
      if (one?.epoch === end.epoch && one.offset > 0 && one.offset <= end.offset) {
        const { offset, time, body } = newsOf(one, message.data);
        // A hole would be sold as whole.
        if (entries.length > 0 && offset !== (entries.at(-1)?.offset ?? 0) + 1) entries.length = 0;
        entries.push({ offset, time, body });
      }
      if (message.seq >= end.seq) break;
    }
    return entries;
  }

  /** @throws {UsageError} for more than the stream keeps: it would be less, without a word */
  #check({ maxMessages }: HistoryBounds): void {
    if (maxMessages <= this.#maxMessages) return;
    throw new UsageError(
      `Cannot keep ${maxMessages} messages of a room: option history.maxMessages of natsBroker is ${this.#maxMessages}`,
    );
  }
}

/** The newest within all bounds; the last stays, whatever its size. */
function within(entries: readonly LogEntry[], bounds: HistoryBounds): readonly LogEntry[] {
  const oldest = Date.now() - bounds.maxAge;
  let bytes = 0;
  let first = entries.length;
  while (first > 0) {
    const entry = entries[first - 1];
    if (entry === undefined || entry.time <= oldest) break;
    bytes += entry.body.length;
    const kept = entries.length - first;
    if (kept >= bounds.maxMessages || (bytes > bounds.maxBytes && kept > 0)) break;
    first--;
  }
  return entries.slice(first);
}
