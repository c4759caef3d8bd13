import { randomBytes } from 'node:crypto';
import { BrokerUnavailable, type LogNews } from '#hub';
import type { Subjects } from '../names/subjects.js';
import { StreamRefused } from '../session/ack-publisher.js';
import type { SessionHolder } from '../session/session-holder.js';
import { foreignMessage, unavailable } from '../session/unavailable.js';
import { EPOCH, newsOf, OFFSET, readEnd, TIME, type RoomEnd } from './room-end.js';

/** JetStream's code for a message that expected another one before it. */
const WRONG_LAST = 10_071;
/** Times an append is tried when others append to the same room. */
const MAX_TRIES = 64;
/** Rooms whose end is remembered: the newest message is asked for otherwise. */
const MAX_ENDS = 10_000;
const NOTHING = new Uint8Array();

/**
 * Appends to rooms by compare-and-set: each message carries its epoch and offset, and is taken only behind
 * the one it was numbered after. Whoever loses asks for the newest and tries again.
 */
export class RoomAppends {
  readonly #holder: SessionHolder;
  readonly #subjects: Subjects;
  /** What is known of the ends of rooms; an old one costs a try. */
  readonly #ends = new Map<string, RoomEnd>();
  /** Of each room the last append that is under way. */
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #producer = randomBytes(8).toString('hex');
  #appends = 0;

  constructor(holder: SessionHolder, subjects: Subjects) {
    this.#holder = holder;
    this.#subjects = subjects;
  }

  /** One after another for a room: they would only get in each other's way. */
  append(room: string, body: Uint8Array, id: string | undefined): Promise<LogNews> {
    // Of the application, the same for all its nodes; otherwise of this append alone.
    const key = id === undefined ? `${this.#producer}:${++this.#appends}` : keyOf(room, id);
    const append = (): Promise<LogNews> => this.#append(room, body, key);
    const before = this.#tails.get(room);
    const appended = before === undefined ? append() : before.then(append);
    const tail = appended.catch(() => undefined);
    this.#tails.set(room, tail);
    void tail.then(() => {
      if (this.#tails.get(room) === tail) this.#tails.delete(room);
    });
    return appended;
  }

  /** A newer message of a room was heard of. */
  heard(room: string, end: RoomEnd): void {
    const known = this.#ends.get(room);
    if (known !== undefined && known.seq < end.seq) this.#remember(room, end);
  }

  /**
   * The newest message of a room. A room without any begins now: from here on all nodes agree on its
   * epoch.
   */
  async end(room: string): Promise<RoomEnd> {
    return (await this.#newest(room)) ?? this.#begin(room);
  }

  forget(room: string): void {
    this.#ends.delete(room);
  }

  /** With another session: the server may be another, whose numbers look like those of the one before. */
  forgetAll(): void {
    this.#ends.clear();
  }

  async #append(room: string, body: Uint8Array, key: string): Promise<LogNews> {
    let lost = 0;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const before = this.#ends.get(room) ?? (await this.#newest(room));
      const end = {
        epoch: before?.epoch ?? newEpoch(),
        offset: (before?.offset ?? 0) + 1,
        time: Math.max(Date.now(), before?.time ?? 0),
      };
      // A room that was cleared is another one: there it is not the same message.
      const once = `${end.epoch}=${key}`;
      try {
        const { seq, duplicate } = await this.#write(room, body, end, before?.seq ?? 0, once);
        if (duplicate) return await this.#earlier(room, seq, body);
        this.#remember(room, { ...end, seq });
        return { ...end, body };
      } catch (error) {
        this.#ends.delete(room);
        // Its answer may be lost: under the same key it is not kept twice.
        if (error instanceof BrokerUnavailable && lost++ === 0 && !this.#gone()) continue;
        if (!isConflict(error)) throw unavailable(error);
      }
    }
    throw new BrokerUnavailable('Cannot append: too many others append to the same room');
  }

  /** What the append with the same key has become. */
  async #earlier(room: string, seq: number, body: Uint8Array): Promise<LogNews> {
    const { manager } = this.#holder.streams;
    const found = await manager.direct.getMessage(this.#subjects.stream('HISTORY'), { seq });
    const end = readEnd(seq, found?.header);
    if (end === undefined || found?.subject !== this.#subjects.history(room)) {
      throw new BrokerUnavailable(
        'Cannot append: the message of the same id is not there any more',
      );
    }
    return newsOf(end, body);
  }

  async #newest(room: string): Promise<RoomEnd | undefined> {
    const { manager } = this.#holder.streams;
    const subject = this.#subjects.history(room);
    try {
      const found = await manager.direct.getMessage(this.#subjects.stream('HISTORY'), {
        last_by_subj: subject,
      });
      if (found === null) return undefined;
      const end = readEnd(found.seq, found.header);
      // Not numbered on: it may be of a newer version, whose nodes go on behind it.
      if (end === undefined) throw foreignMessage(subject, found.seq);
      this.#remember(room, end);
      return end;
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #begin(room: string): Promise<RoomEnd> {
    const end = { epoch: newEpoch(), offset: 0, time: Date.now() };
    try {
      const { seq } = await this.#write(
        room,
        NOTHING,
        end,
        0,
        `${this.#producer}:${++this.#appends}`,
      );
      this.#remember(room, { ...end, seq });
      return { ...end, seq };
    } catch (error) {
      if (!isConflict(error)) throw unavailable(error);
      const newest = await this.#newest(room);
      if (newest !== undefined) return newest;
      throw new BrokerUnavailable('Cannot read: the room was cleared meanwhile');
    }
  }

  #write(
    room: string,
    body: Uint8Array,
    { epoch, offset, time }: Omit<RoomEnd, 'seq'>,
    behind: number,
    key: string,
  ): ReturnType<typeof acks.publish> {
    const { acks, nats } = this.#holder.session;
    const headers = nats.transport.headers();
    headers.set(EPOCH, epoch);
    headers.set(OFFSET, String(offset));
    headers.set(TIME, String(time));
    headers.set('Nats-Expected-Last-Subject-Sequence', String(behind));
    headers.set('Nats-Msg-Id', Buffer.from(key).toString('base64url'));
    return acks.publish(this.#subjects.history(room), body, headers);
  }

  #gone(): boolean {
    try {
      return this.#holder.session.ended;
    } catch {
      return true;
    }
  }

  #remember(room: string, end: RoomEnd): void {
    this.#ends.delete(room);
    this.#ends.set(room, end);
    if (this.#ends.size <= MAX_ENDS) return;
    for (const oldest of this.#ends.keys()) {
      this.#ends.delete(oldest);
      return;
    }
  }
}

/** Both are anything, lone surrogates as well, which UTF-8 does not tell apart. */
function keyOf(room: string, id: string): string {
  return `=${Buffer.from(`${room.length}=${room}=${id}`, 'utf16le').toString('base64url')}`;
}

function isConflict(error: unknown): boolean {
  return error instanceof StreamRefused && error.code === WRONG_LAST;
}

function newEpoch(): string {
  return randomBytes(9).toString('base64url');
}
