import type { DropRule } from '#engine';
import type { Connection } from '../connection/connection.js';
import { about } from '../diagnostics/connection-news.js';
import { told } from '../diagnostics/told.js';
import { plain, type SomeConnection } from '../connection/plain-connection.js';
import { Phase } from '../connection/state/phase.js';
import type { BroadcastMessage } from '../rooms/broadcast-message.js';
import { checkRoomName } from '../rooms/rooms.js';
import { inTime } from '../support/in-time.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { isThenable } from '../support/thenable.js';
import { JOINED_EVENT } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import type { Hold } from './held.js';
import type { HistoryParts } from './history-parts.js';
import type { HistorySource } from './history-source.js';
import type { HistoryPage } from './history-store.js';
import { recover, type Joined, type JoinOptions } from './recovery.js';
import { kCore } from '../connection/connection-core.js';

// Part of a recovery that was dropped would be a gap sold as whole: at the limit it closes.
const NEVER_DROP: DropRule = Object.freeze({ policy: 'close' });

/** Milliseconds a store may take: meanwhile the connection gets nothing of the room. */
const READ_TIMEOUT = 10_000;

/** Puts connections into rooms, tells them what they missed, and lets live messages follow. */
export class Joins {
  readonly #parts: HistoryParts;
  readonly #source: HistorySource;

  constructor(parts: HistoryParts, source: HistorySource) {
    this.#parts = parts;
    this.#source = source;
  }

  /** See `History.join`. */
  join(connection: SomeConnection, room: string, options: JoinOptions): MaybePromise<Joined> {
    checkRoomName(room);
    // One after another: what one of them is told would stand in the middle of the other.
    const before = this.#parts.held.ended(connection, room);
    if (before !== undefined) {
      return before.then(() => {
        options.signal?.throwIfAborted();
        return this.join(connection, room, options);
      });
    }
    const page = this.#source.enter(room);
    if (isThenable(page) || this.#source.waiting(room) !== undefined) {
      return this.#joinLater(connection, room, options, page);
    }
    const already = this.#parts.rooms.has(connection, room);
    return this.#admit(connection, room, options, page, already);
  }

  async #joinLater(
    connection: SomeConnection,
    room: string,
    options: JoinOptions,
    reading: MaybePromise<HistoryPage>,
  ): Promise<Joined> {
    // Awaited below, unless the join itself is refused.
    if (isThenable(reading)) Promise.resolve(reading).catch(() => {});
    const already = this.#parts.rooms.has(connection, room);
    // Held back from before it is a member, so that nothing falls between what is read and what is
    // delivered live.
    const hold = this.#parts.held.begin(connection, room);
    let page: HistoryPage;
    try {
      this.#enter(connection, room);
      const { signal } = options;
      page = isThenable(reading) ? await inTime(reading, READ_TIMEOUT, late, signal) : reading;
      // What is being kept may be in the page already: delivered after it, it would come twice.
      const waiting = this.#source.waiting(room);
      if (waiting !== undefined) await inTime(waiting, READ_TIMEOUT, late, signal);
      if (connection[kCore].phase !== Phase.Closed && !this.#parts.rooms.has(connection, room))
        throw left();
    } catch (error) {
      this.#refuse(connection, room, hold, already);
      throw error;
    }
    return this.#admit(connection, room, options, page, already, hold);
  }

  #admit(
    connection: SomeConnection,
    room: string,
    options: JoinOptions,
    page: HistoryPage,
    already: boolean,
    hold: Hold = this.#parts.held.begin(connection, room),
  ): Joined {
    try {
      const latestOnly = this.#parts.settings.latestOnly(room);
      const { joined, messages } = recover(room, options, page, latestOnly);
      if (this.#enter(connection, room)) {
        connection[kCore].sendEnvelope({ event: JOINED_EVENT, data: joined });
        for (const stored of messages) {
          const message = this.#parts.encoded.of(room, page.epoch, stored);
          this.#hand(connection, message, stored.event);
        }
        this.#release(connection, room, hold, page);
        if (told.recovered.hasSubscribers) publishRecovered(plain(connection), joined);
      } else this.#parts.held.end(connection, room);
      return joined;
    } catch (error) {
      this.#refuse(connection, room, hold, already);
      throw error;
    }
  }

  /** @returns false when the connection has closed; throws when it was taken out at once. */
  #enter(connection: SomeConnection, room: string): boolean {
    if (this.#parts.rooms.join(connection, room)) return true;
    if (connection[kCore].phase !== Phase.Closed) throw left();
    return false;
  }

  /** The join has failed: who was a member before is one still, and goes on where it was. */
  #refuse(connection: SomeConnection, room: string, hold: Hold, already: boolean): void {
    if (already && this.#parts.rooms.has(connection, room)) this.#release(connection, room, hold);
    else this.#parts.held.end(connection, room);
    if (!already) this.#parts.rooms.leave(connection, room);
  }

  /**
   * Sends what was held back. Live messages go on being held until nothing is left.
   * @param page what the connection has been told; without it, nothing
   */
  #release(connection: SomeConnection, room: string, hold: Hold, page?: HistoryPage): void {
    const { messages } = hold;
    // Of another epoch: what stands before those of the page is of a history that was forgotten, the
    // others are of one that has begun since.
    let past = page === undefined || messages.every(({ epoch }) => epoch !== page.epoch);
    for (const { epoch, offset, event, message } of messages) {
      if (epoch === page?.epoch) {
        past = true;
        if (offset <= page.offset) continue;
      }
      if (past && message !== undefined) this.#hand(connection, message, event);
    }
    this.#parts.held.end(connection, room);
  }

  #hand(connection: SomeConnection, message: BroadcastMessage, event: string): void {
    try {
      const core = connection[kCore];
      core.sendPrepared(message.for(core.codec), event, NEVER_DROP);
    } catch (error) {
      // The codec of this client cannot carry it: it must not stand in the way of all that follows.
      this.#parts.report(error);
    }
  }
}

function publishRecovered(connection: Connection, { room, recovered, count }: Joined): void {
  const was = recovered === true ? 'recovered' : 'lost';
  const result = recovered === undefined ? 'new' : was;
  told.recovered.publish({ ...about(connection), room, result, messages: count });
}

function late(): WireError {
  return new WireError(
    ErrorCode.Timeout,
    `Cannot join room: its history may take ${READ_TIMEOUT} milliseconds to read`,
  );
}

function left(): WireError {
  return new WireError(
    ErrorCode.Cancelled,
    'Cannot join room: the connection was taken out of it meanwhile',
  );
}
