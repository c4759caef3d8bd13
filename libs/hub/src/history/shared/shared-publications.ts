import type { BrokerHistory, LogNews } from '../../broker/broker-history.js';
import { isUnavailable, reachable, unavailable } from '../../broker/reachable.js';
import type { SomeConnection } from '../../connection/plain-connection.js';
import { EventMessage } from '../../rooms/broadcast-message.js';
import type { BroadcastResult } from '../../rooms/broadcast.js';
import { checkRoomName } from '../../rooms/rooms.js';
import { byDeadline } from '../../support/by-deadline.js';
import { encodeParts } from '../../rooms/encode-parts.js';
import type { Position } from '../../wire/envelope.js';
import type { HistoryParts } from '../history-parts.js';
import type { Publication, PublishOptions } from '../publications.js';
import { checkIdempotencyKey } from '../idempotency-key.js';
import { WaitingBytes } from '../waiting-bytes.js';
import { packMessage } from './message-format.js';
import type { FeedHost } from './room-feed.js';
import type { RoomFeeds } from './room-feeds.js';
import type { UnloggedRooms } from './unlogged-rooms.js';
import { kDeliver, kExceptAll } from '../../support/own-names.js';

/** Milliseconds after which a publication has failed. */
const DEADLINE = 2_000;

/** Appends messages to the log of all nodes; each node delivers them in the order of their offsets. */
export class SharedPublications {
  readonly #parts: HistoryParts;
  readonly #host: Omit<FeedHost, 'behind'>;
  readonly #log: BrokerHistory;
  readonly #feeds: RoomFeeds;
  readonly #unlogged: UnloggedRooms;
  readonly #waitingBytes = new WaitingBytes();
  /** Rooms whose publications have to wait before they are appended, and the last of these. */
  readonly #gates = new Map<string, Promise<unknown>>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(
    parts: HistoryParts,
    host: Omit<FeedHost, 'behind'>,
    feeds: RoomFeeds,
    unlogged: UnloggedRooms,
  ) {
    this.#parts = parts;
    this.#host = host;
    this.#log = host.log;
    this.#feeds = feeds;
    this.#unlogged = unlogged;
  }

  /** See `History.publish`. */
  publish(
    room: string,
    event: string,
    data: unknown,
    { except, idempotencyKey: key, ...options }: PublishOptions,
  ): Promise<Publication> {
    checkRoomName(room);
    checkIdempotencyKey(key);
    const without = except === undefined ? [] : [except].flat();
    const { codecs, report } = this.#host;
    // Encoded before anything is kept: what cannot be sent must not be found in the history.
    const { parts, size } = encodeParts({ event, data }, codecs, report);
    const ids = without.map(({ id }) => id);
    const body = packMessage({ event, options, except: ids, size, parts });
    this.#waitingBytes.check();
    const published = this.#waitingBytes.until(this.#append(room, body, key), body.length);
    this.#track(published);
    if (this.#parts.settings.options.onUnavailable === 'reject') return published;
    return published.catch((error: unknown) => {
      if (!isUnavailable(error) || !this.#unlogged.add(room)) throw error;
      return this.#deliverUnlogged(room, event, data, without, options);
    });
  }

  /** Settles when everything has been delivered that waits now. */
  settled(): Promise<unknown> {
    return Promise.allSettled(this.#underWay);
  }

  #append(room: string, body: Uint8Array, key: string | undefined): Promise<Publication> {
    const state = { isLate: false };
    const appended = reachable('publish', () => this.#appended(room, body, key, state));
    return byDeadline(appended, this.#host.clock, DEADLINE, () => {
      state.isLate = true;
      return unavailable('publish');
    });
  }

  async #appended(
    room: string,
    body: Uint8Array,
    key: string | undefined,
    state: { readonly isLate: boolean },
  ): Promise<Publication> {
    const gate = this.#gate(room);
    if (gate !== undefined) {
      await gate;
      // Whoever has been told that it failed may have published it again.
      if (state.isLate) throw unavailable('publish');
    }
    const appending = this.#log.append(room, body, this.#parts.settings.of(room), key);
    const feed = this.#feeds.get(room);
    if (feed === undefined) return publication(room, await appending, nobody());
    const { news, result } = await feed.own(appending, key !== undefined);
    return publication(room, news, result);
  }

  /**
   * What has to be waited for before a message of the room is appended, behind those before it: until it is
   * known where the room ends, its members could miss it.
   */
  #gate(room: string): Promise<unknown> | undefined {
    const before = this.#gates.get(room);
    const feed = this.#feeds.get(room);
    const mustStart = feed !== undefined && !feed.isLive;
    const begun = this.#unlogged.begun(room);
    if (before === undefined && !mustStart && begun === undefined) return undefined;
    const waits = [before, begun, mustStart ? feed.read(false) : undefined];
    const gate = Promise.all(waits.filter((one) => one !== undefined));
    const settled = gate.catch(() => {});
    this.#gates.set(room, settled);
    void settled.then(() => {
      if (this.#gates.get(room) === settled) this.#gates.delete(room);
    });
    return gate;
  }

  /** The log cannot be reached: whoever is here gets it all the same, without a place. */
  #deliverUnlogged(
    room: string,
    event: string,
    data: unknown,
    without: readonly SomeConnection[],
    options: PublishOptions,
  ): Publication {
    const message = new EventMessage({ event, data }, options.compress);
    const { local } = this.#parts.rooms.to(room);
    const result = local[kExceptAll](without)[kDeliver](message, event, options);
    return { room, epoch: '', offset: 0, ...result };
  }

  #track(published: Promise<unknown>): void {
    const settled = published.catch(() => {}).finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
  }
}

function publication(
  room: string,
  { epoch, offset }: Pick<LogNews, keyof Omit<Position, 'room'>>,
  result: BroadcastResult,
): Publication {
  return { room, epoch, offset, ...result };
}

function nobody(): BroadcastResult {
  return { sent: 0, queued: 0, dropped: 0, closed: 0 };
}
