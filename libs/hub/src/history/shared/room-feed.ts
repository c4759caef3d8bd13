import type {
  BrokerHistory,
  HistoryBounds,
  LogEntry,
  LogNews,
  LogPage,
} from '../../broker/broker-history.js';
import { BrokerUnavailable } from '../../broker/broker-unavailable.js';
import type { BroadcastResult } from '../../rooms/broadcast.js';
import { byDeadline } from '../../support/by-deadline.js';
import type { Clock, Timer } from '../../support/clock.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import type { EncodedMessages } from '../encoded-messages.js';
import type { HistoryPage } from '../history-store.js';
import { Ahead } from './ahead.js';
import { isNews, isPage } from './log-checks.js';
import type { MemberDelivery } from './member-delivery.js';
import { readEntry, wholeEnd, type LoggedMessage } from './packed-page.js';
import type { RoomEnds } from './room-ends.js';
import { Receipts, type Outcome, type Progress } from './receipts.js';
import type { SharedStats } from './shared-stats.js';

/** Milliseconds the log has for an answer: it promises 2 seconds, and a room must not wait for ever. */
const ANSWER_LIMIT = 2_500;
/** Milliseconds a hole is given to close by itself: answers and news come by different connections. */
const PATIENCE = 20;

/** What all feeds have in common. */
export interface FeedHost {
  readonly log: BrokerHistory;
  readonly ends: RoomEnds;
  readonly clock: Clock;
  readonly codecs: KnownCodecs;
  readonly delivery: MemberDelivery;
  readonly encoded: EncodedMessages;
  readonly stats: SharedStats;
  readonly report: (error: unknown) => void;
  /** What came of a room is of another version, or of a stranger. */
  readonly ignored: ((room: string) => void) | undefined;
  bounds(room: string): HistoryBounds;
  /** Whether only the newest message counts: then nobody misses older ones. */
  latestOnly(room: string): boolean;
  /** A read has failed: what is missing has to be looked for again. */
  behind(feed: RoomFeed, error: unknown): void;
}

/** A message of this node that is kept, and was delivered here. */
interface OwnMessage {
  readonly news: LogNews;
  readonly result: BroadcastResult;
}

/** A read that has not begun; all who want one until then share it. */
interface NextRead {
  whole: boolean;
  readonly page: Promise<HistoryPage>;
}

/**
 * Delivers one room at this node in the order of its offsets, each once: own messages as the log answers,
 * those of others as news of them comes, and what was missed by reading. Reads follow one another, and
 * only they decide which life of the room is the present one.
 */
export class RoomFeed {
  readonly room: string;
  /** When something was last heard of the room. */
  heardAt: number;
  readonly #host: FeedHost;
  readonly #ahead = new Ahead();
  readonly #receipts = new Receipts();
  /** Undefined until it is known where the room ends. */
  #epoch: string | undefined;
  #last = 0;
  /** Reads that have begun. */
  #reads = 0;
  #next: NextRead | undefined;
  /** Settles when the read under way has ended; never rejects. */
  #underWay: Promise<unknown> | undefined;
  #following: Promise<void> | undefined;
  #looking: Timer;
  #isDelivering = false;
  #isClosed = false;

  constructor(room: string, host: FeedHost) {
    this.room = room;
    this.heardAt = host.clock.now();
    this.#host = host;
  }

  /** Whether it is known what the members have got: what is appended from now on is delivered. */
  get isLive(): boolean {
    return this.#epoch !== undefined;
  }

  /** A message was appended, by whichever node. Never throws. */
  receive(news: LogNews): void {
    if (this.#isClosed) return;
    if (!isNews(news)) {
      this.#host.stats.ignored++;
      this.#host.ignored?.(this.room);
      return;
    }
    this.heardAt = this.#host.clock.now();
    if (news.epoch !== this.#epoch) {
      // Of a life that has begun, or of one that is over: a read that begins now tells.
      this.#lookSoon();
    } else if (news.offset > this.#last) {
      if (!this.#ahead.add(news, this.#reads)) this.#look();
      this.#deliverAhead();
    }
  }

  /**
   * Waits until a message of this node is kept, and was delivered here in its turn.
   * @param keyed it may have been kept before, with other bytes: those of the log count
   */
  async own(appending: Promise<LogNews>, keyed: boolean): Promise<OwnMessage> {
    this.#receipts.expect();
    try {
      const news = await appending;
      const { epoch, offset } = news;
      if (!keyed) this.receive(news);
      else if (!this.#isClosed && (epoch !== this.#epoch || offset > this.#last)) this.#lookSoon();
      const progress = this.#isClosed ? { epoch, last: offset, reads: 0 } : this.#progress();
      return { news, result: await this.#receipts.of(epoch, offset, progress) };
    } finally {
      this.#receipts.done();
    }
  }

  /**
   * Reads what the log has, in a read that begins after this call, and delivers what was missed.
   * @param whole from the beginning, for somebody who enters; else the page is empty
   */
  read(whole: boolean): Promise<HistoryPage> {
    if (this.#next === undefined) {
      const next: { whole: boolean; page?: Promise<HistoryPage> } = { whole };
      const page = this.#begin(() => next.whole);
      page.catch(() => {});
      this.#next = Object.assign(next, { page });
    }
    this.#next.whole ||= whole;
    return this.#next.page;
  }

  /** Follows the room anew: the broker was away. */
  async followAgain(): Promise<void> {
    this.#following = undefined;
    await this.#follow();
  }

  /** Compares with where the room ends. */
  compare(epoch: string, offset: number): void {
    if (epoch !== this.#epoch || offset > this.#last) this.#look();
  }

  close(): void {
    this.#isClosed = true;
    this.#host.clock.clear(this.#looking);
    this.#ahead.clear();
    this.#receipts.close();
    try {
      this.#host.log.unfollow(this.room);
    } catch (error) {
      this.#host.report(error);
    }
  }

  #follow(): Promise<void> {
    if (this.#following !== undefined) return this.#following;
    const following = this.#answer(this.#host.log.follow(this.room, (news) => this.receive(news)));
    this.#following = following;
    following.catch(() => {
      if (this.#following === following) this.#following = undefined;
    });
    return following;
  }

  async #begin(isWhole: () => boolean): Promise<HistoryPage> {
    try {
      await this.#underWay;
      await this.#follow();
    } catch (error) {
      this.#next = undefined;
      if (!this.#isClosed) this.#host.behind(this, error);
      throw error;
    }
    this.#next = undefined;
    const reading = this.#readNow(isWhole());
    this.#underWay = reading.catch((error: unknown) => {
      if (!this.#isClosed) this.#host.behind(this, error);
    });
    return reading;
  }

  async #readNow(whole: boolean): Promise<HistoryPage> {
    const { log, codecs, encoded } = this.#host;
    const read = ++this.#reads;
    const bounds = this.#host.bounds(this.room);
    let page: LogPage;
    if (whole) page = await this.#answer(log.read(this.room, 0, bounds));
    else if (this.#epoch === undefined) page = await this.#end();
    else {
      page = await this.#answer(log.read(this.room, this.#last, bounds));
      // Of another life all of it is missing, not only what is behind the last offset.
      if (page.epoch !== this.#epoch) {
        page = await this.#answer(log.read(this.room, 0, bounds));
      }
    }
    const { epoch, offset } = page;
    if (!isPage(page) || (epoch === this.#epoch && offset < this.#last)) throw behind(this.room);
    const messages = page.entries.map((entry) => readEntry(this.room, epoch, entry, codecs));
    if (!this.#isClosed) this.#adopt(page, messages, read);
    if (!whole) return { epoch, offset, messages: [] };
    const told = wholeEnd(page, messages);
    for (const { stored, message } of told) encoded.keep(stored, message);
    return { epoch, offset, messages: told.map(({ stored }) => stored) };
  }

  #answer<Value>(asked: Promise<Value>): Promise<Value> {
    return byDeadline(
      asked,
      this.#host.clock,
      ANSWER_LIMIT,
      () => new BrokerUnavailable(`No answer within ${ANSWER_LIMIT} milliseconds`),
    );
  }

  async #end(): Promise<LogPage> {
    const end = await this.#answer(this.#host.ends.of(this.room));
    if (end === undefined) throw behind(this.room);
    return { ...end, entries: [] };
  }

  /** What a read has found is how it is: the members get what they have missed. */
  #adopt(
    { epoch, offset, entries }: LogPage,
    messages: readonly (LoggedMessage | undefined)[],
    read: number,
  ): void {
    this.heardAt = this.#host.clock.now();
    if (this.#epoch === undefined) {
      this.#epoch = epoch;
      this.#last = offset;
    } else if (epoch !== this.#epoch) {
      this.#ahead.clear();
      this.#epoch = epoch;
      this.#last = (entries[0]?.offset ?? offset + 1) - 1;
      this.#gap('epoch');
    }
    for (const [at, entry] of entries.entries()) {
      if (entry.offset <= this.#last) continue;
      this.#skipTo(entry.offset - 1);
      this.#host.stats.repaired++;
      this.#advance(entry, messages[at]);
    }
    this.#skipTo(offset);
    this.#host.stats.ignored += this.#ahead.forget(this.#last, read);
    this.#deliverAhead();
    this.#receipts.progress(this.#progress(), read);
  }

  /** What is not kept any more cannot be delivered. */
  #skipTo(offset: number): void {
    if (offset <= this.#last) return;
    this.#last = offset;
    if (!this.#host.latestOnly(this.room)) this.#gap('bounds');
  }

  #deliverAhead(): void {
    // What is published in the middle of a delivery comes behind it.
    if (this.#isDelivering) return;
    let entry = this.#ahead.take(this.#last + 1);
    while (entry !== undefined) {
      this.#advance(entry, readEntry(this.room, this.#epoch ?? '', entry, this.#host.codecs));
      entry = this.#ahead.take(this.#last + 1);
    }
    if (this.#ahead.size > 0) this.#lookSoon();
    this.#receipts.progress(this.#progress());
  }

  /** Delivers the next message. */
  #advance({ offset, body }: LogEntry, message: LoggedMessage | undefined): void {
    const epoch = this.#epoch ?? '';
    this.#last = offset;
    if (message === undefined) {
      this.#host.stats.unreadable++;
      // One without a body was refused before, and counted there.
      if (body.length > 0) this.#host.ignored?.(this.room);
      this.#gap('unreadable');
      return;
    }
    this.#isDelivering = true;
    let outcome: Outcome;
    try {
      outcome = { result: this.#host.delivery.deliver(this.room, epoch, message) };
    } catch (error) {
      outcome = { error };
    } finally {
      this.#isDelivering = false;
    }
    const isOwn = this.#receipts.delivered(epoch, offset, outcome);
    if ('error' in outcome && !isOwn) this.#host.report(outcome.error);
  }

  #gap(reason: 'epoch' | 'bounds' | 'unreadable'): void {
    this.#host.stats.gaps++;
    const place = { room: this.room, epoch: this.#epoch ?? '', offset: this.#last };
    this.#isDelivering = true;
    this.#host.delivery.gap({ ...place, reason });
    this.#isDelivering = false;
  }

  #look(): void {
    this.read(false).catch(() => {});
  }

  #lookSoon(): void {
    this.#looking ??= this.#host.clock.after(PATIENCE, () => {
      this.#looking = undefined;
      if (!this.#isClosed) this.#look();
    });
  }

  #progress(): Progress {
    return { epoch: this.#epoch, last: this.#last, reads: this.#reads };
  }
}

function behind(room: string): BrokerUnavailable {
  return new BrokerUnavailable(
    `Cannot read the history of "${room}": what the broker has is older than what was delivered, or makes no sense`,
  );
}
