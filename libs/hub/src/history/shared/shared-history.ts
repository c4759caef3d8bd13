import type { BrokerHistory } from '../../broker/broker-history.js';
import { reachable } from '../../broker/reachable.js';
import { systemClock, type Clock } from '../../support/clock.js';
import { within } from '../../support/within.js';
import type { Position } from '../../wire/envelope.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import type { HistoryParts } from '../history-parts.js';
import { LAST_CALL, type HistorySource } from '../history-source.js';
import type { HistoryPage } from '../history-store.js';
import type { Publication, PublishOptions } from '../publications.js';
import type { GapNotice } from './history-gap.js';
import type { HistoryLink } from './history-link.js';
import { MemberDelivery } from './member-delivery.js';
import { readEntry, wholeEnd } from './packed-page.js';
import { RoomEnds } from './room-ends.js';
import type { FeedHost } from './room-feed.js';
import { RoomFeeds } from './room-feeds.js';
import { SharedPublications } from './shared-publications.js';
import type { SharedStats } from './shared-stats.js';
import { UnloggedRooms } from './unlogged-rooms.js';
import { kAlsoSettles } from '../../support/own-names.js';

/** Rooms that begin anew at a time. */
const BATCH = 256;

/** What the histories of all nodes are made of at one of them. */
interface SharedHistoryOptions {
  readonly log: BrokerHistory;
  /** Messages are kept in the bytes of each. */
  readonly codecs: KnownCodecs;
  readonly link?: HistoryLink | undefined;
  /** Default: nobody is told of gaps. */
  readonly gap?: GapNotice | undefined;
  readonly clock?: Clock | undefined;
  /** Told of what a log has of a room that is of another version, or of a stranger. */
  readonly ignored?: ((room: string) => void) | undefined;
}

/** Histories that are the same on every node. */
export class SharedHistory implements HistorySource {
  /** Counted since the start. */
  readonly stats: SharedStats = { repaired: 0, gaps: 0, unreadable: 0, ignored: 0 };
  readonly #host: Omit<FeedHost, 'behind'>;
  readonly #feeds: RoomFeeds;
  readonly #unlogged: UnloggedRooms;
  readonly #publications: SharedPublications;
  readonly #stop: (() => void) | undefined;

  constructor(
    parts: HistoryParts,
    { log, codecs, link, gap, ignored, clock = systemClock }: SharedHistoryOptions,
  ) {
    const { rooms, settings, encoded, report } = parts;
    this.#host = {
      log,
      ends: new RoomEnds(log),
      clock,
      codecs,
      encoded,
      report,
      ignored,
      stats: this.stats,
      delivery: new MemberDelivery(parts, gap),
      bounds: (room) => settings.of(room),
      latestOnly: (room) => settings.latestOnly(room),
    };
    this.#unlogged = new UnloggedRooms(log);
    // Before the rooms are compared: what they have then is of the life that begins.
    this.#stop = link?.onUp(() => void this.#beginUnlogged());
    this.#feeds = new RoomFeeds(rooms, this.#host, link);
    rooms[kAlsoSettles]((room) => this.#feeds.settled(room));
    this.#publications = new SharedPublications(parts, this.#host, this.#feeds, this.#unlogged);
  }

  /** Rooms that are followed: those with members at this node, and 5 seconds longer. */
  get followed(): number {
    return this.#feeds.size;
  }

  publish(
    room: string,
    event: string,
    data: unknown,
    options: PublishOptions,
  ): Promise<Publication> {
    return this.#publications.publish(room, event, data, options);
  }

  async enter(room: string): Promise<HistoryPage> {
    // At once, so that what this reads begins before whoever enters can miss anything.
    const feed = this.#feeds.of(room);
    const begun = this.#unlogged.begun(room);
    return reachable('join room', async () => {
      if (begun !== undefined) await begun;
      return feed.read(true);
    });
  }

  waiting(): undefined {
    // Whatever is behind the page is delivered in its turn, after it.
    return undefined;
  }

  read(room: string): Promise<HistoryPage> {
    return reachable('read history', async () => {
      const { log, codecs, encoded, bounds } = this.#host;
      const page = await log.read(room, 0, bounds(room));
      const { epoch, offset, entries } = page;
      const read = entries.map((entry) => readEntry(room, epoch, entry, codecs));
      const messages = wholeEnd(page, read).map(({ stored, message }) => {
        encoded.keep(stored, message);
        return stored;
      });
      return { epoch, offset, messages };
    });
  }

  position(room: string): Promise<Position> {
    return reachable('read history', async () => {
      const [end] = await this.#host.log.ends([room]);
      const { epoch = '', offset = 0 } = end ?? {};
      return { room, epoch, offset };
    });
  }

  clear(room: string): Promise<void> {
    return reachable('clear history', async () => {
      await this.#host.log.clear(room);
      // The members hear of it now, not with the next message.
      const heard = this.#feeds.get(room)?.read(false);
      await heard?.catch(() => {});
    });
  }

  async close(): Promise<void> {
    await within(this.#publications.settled(), LAST_CALL);
    this.#stop?.();
    this.#feeds.close();
  }

  /** The broker is back: rooms in which something was delivered past the log begin anew. */
  async #beginUnlogged(): Promise<void> {
    const rooms = this.#unlogged.names();
    for (let at = 0; at < rooms.length; at += BATCH) {
      const batch = rooms.slice(at, at + BATCH);
      // What fails is done before the next message of the room, or the next time.
      await Promise.allSettled(
        batch.map(async (room) => {
          await this.#unlogged.begun(room);
          await this.#feeds.get(room)?.read(false);
        }),
      );
    }
  }
}
