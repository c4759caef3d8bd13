import { randomBytes } from 'node:crypto';
import {
  messageTooLong,
  type BrokerHistory,
  type HistoryBounds,
  type LogEnd,
  type LogNews,
  type LogPage,
} from '#hub';
import { replyText } from '../client/reply-text.js';
import { replyCode, refused } from '../client/reply-error.js';
import type { HistoryKeys, Names } from '../names/names.js';
import type { CurrentSession } from '../session/current-session.js';
import type { RedisSession } from '../session/redis-session.js';
import type { AppendBatch } from './append-batch.js';
import { Appends } from './appends.js';
import { readFeedMessage } from './feed-message.js';
import { Follows } from './follows.js';
import { APPEND, READ } from './history-scripts.js';
import { readAppended, readPage } from './log-reply.js';

/** Rooms whose ends are asked for in one go. */
const ENDS_AT_ONCE = 256;
/**
 * Milliseconds a room's epoch is kept when only its end is asked for, as nodes do every 30 to 60 seconds
 * for each room they follow: rooms that come and go, and have no messages, must not fill the server.
 */
const KEEP_END = 300_000;
/** How many times its `maxAge` a silent room keeps its offsets. */
const KEEP_FACTOR = 10;
/** Of an end nothing is read. */
const NO_BOUNDS: HistoryBounds = { maxMessages: 1, maxBytes: 1, maxAge: Infinity };
/** Types the keys of a history have. */
const TYPES = ['string', 'list', 'hash'];

/**
 * Histories in Redis: of a room the keys `{r:room}:m` (where it ends), `:l` (entries) and `:p` (who
 * appended last), and the channel `{r:room}:h`.
 */
export class RedisHistory implements BrokerHistory {
  readonly scripts = [APPEND, READ];
  readonly #names: Names;
  readonly #current: CurrentSession;
  readonly #maxMessage: number;
  readonly #follows: Follows;
  readonly #appends: Appends;
  /** Names this process among those that append. */
  readonly #producer = randomBytes(8).toString('base64url');
  // Short, for epochs are in every message.
  readonly #epochs = randomBytes(6).toString('base64url');
  #epoch = 0;

  constructor(names: Names, current: CurrentSession, maxMessage: number) {
    this.#names = names;
    this.#current = current;
    this.#maxMessage = maxMessage;
    this.#follows = new Follows(current);
    this.#appends = new Appends(
      () => current.session,
      (room, batch) => this.#append(room, batch),
    );
  }

  async append(
    room: string,
    body: Uint8Array,
    bounds: HistoryBounds,
    id?: string,
  ): Promise<LogNews> {
    if (body.length > this.#maxMessage) throw messageTooLong(body.length, this.#maxMessage);
    this.#current.get();
    return this.#appends.append(room, body, bounds, id);
  }

  async read(room: string, after: number, bounds: HistoryBounds): Promise<LogPage> {
    const session = this.#current.get();
    const keep = Math.ceil(bounds.maxAge * KEEP_FACTOR);
    // More than the last there can be reads nothing, as Infinity does.
    const from = Math.min(Math.max(0, after), Number.MAX_SAFE_INTEGER);
    return this.#try('read the history of a room', room, session, async () =>
      readPage(await this.#read(session, room, from, keep), bounds),
    );
  }

  async ends(rooms: readonly string[]): Promise<readonly LogEnd[]> {
    const session = this.#current.get();
    const ends: LogEnd[] = [];
    for (let from = 0; from < rooms.length; from += ENDS_AT_ONCE) {
      const asked = rooms
        .slice(from, from + ENDS_AT_ONCE)
        .map((room) =>
          this.#try('read the end of a history', room, session, () =>
            this.#read(session, room, -1, KEEP_END),
          ),
        );
      for (const reply of await Promise.all(asked)) {
        const { epoch, offset } = readPage(reply, NO_BOUNDS);
        ends.push({ epoch, offset });
      }
    }
    return ends;
  }

  async clear(room: string): Promise<void> {
    const session = this.#current.get();
    await this.#try('clear the history of a room', room, session, () =>
      session.command(['DEL', ...this.#names.history(room)]),
    );
  }

  async follow(room: string, feed: (news: LogNews) => void): Promise<void> {
    await this.#follows.add(this.#names.historyChannel(room), feed);
  }

  unfollow(room: string): void {
    this.#follows.remove(this.#names.historyChannel(room));
  }

  /** A session is there, but not yet handed out: what is followed is subscribed first. */
  prepare(session: RedisSession): Promise<void> {
    return this.#follows.resume(session);
  }

  /** The session is in use: what had no answer is sent again. */
  resume(): void {
    this.#appends.resume();
  }

  /** @returns whether it was a message of ours */
  received(channel: string, message: Buffer): boolean {
    const feed = this.#follows.get(channel);
    if (feed === undefined) return true;
    const news = readFeedMessage(message);
    for (const one of news ?? []) feed(one);
    return news !== undefined;
  }

  async #append(room: string, { sequence, first, appends }: AppendBatch): Promise<LogNews[]> {
    const session = this.#current.get();
    const { bounds, id } = first;
    const keys = [...this.#names.history(room)];
    if (id !== undefined) keys.push(this.#names.idempotency(room, id));
    const args = [
      session.generation,
      this.#newEpoch(),
      this.#producer,
      String(sequence),
      String(bounds.maxMessages),
      String(bounds.maxBytes),
      String(bounds.maxAge),
      this.#names.historyChannel(room),
      ...appends.map(({ body }) => body),
    ];
    const { epoch, offset, time } = await this.#try(
      'append to the history of a room',
      room,
      session,
      async () => readAppended(await session.run(APPEND, keys, args)),
    );
    return appends.map(({ body }, index) => ({ epoch, offset: offset + index, time, body }));
  }

  /** An epoch nobody else has: another one each time, since the script may take it for good. */
  #newEpoch(): string {
    return this.#epochs + (this.#epoch++).toString(36);
  }

  #read(session: RedisSession, room: string, after: number, keep: number): Promise<unknown> {
    const args = [session.generation, this.#newEpoch(), String(keep), String(after)];
    return session.run(READ, this.#names.history(room), args);
  }

  async #try<Value>(
    what: string,
    room: string,
    session: RedisSession,
    attempt: () => Promise<Value>,
  ): Promise<Value> {
    try {
      return await attempt();
    } catch (error) {
      const keys = this.#names.history(room);
      const wrong = replyCode(error) === 'WRONGTYPE' ? await wrongKey(session, keys) : undefined;
      throw refused(wrong ?? `${what} under ${keys[0].slice(0, -2)}`, error, this.#names.rights);
    }
  }
}

/** What cannot be done about the key that is in the way: somebody else has written it. */
async function wrongKey(session: RedisSession, keys: HistoryKeys): Promise<string | undefined> {
  const types = await Promise.all(
    keys.map((key) => session.command(['TYPE', key]).then(replyText, () => 'none')),
  );
  const index = types.findIndex((type, at) => type !== 'none' && type !== TYPES[at]);
  const key = keys[index];
  return key && `use key ${key}: a ${TYPES[index]} is expected, current value is a ${types[index]}`;
}
