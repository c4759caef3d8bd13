import type { Rooms } from '../../rooms/rooms.js';
import type { Timer } from '../../support/clock.js';
import { EndsCheck } from './ends-check.js';
import type { HistoryLink } from './history-link.js';
import { RoomFeed, type FeedHost } from './room-feed.js';

/** Milliseconds a room is followed after its last member: whoever reconnects finds it followed. */
const LINGER = 5_000;

/** The rooms that are followed: those with members at this node. */
export class RoomFeeds {
  readonly #host: FeedHost;
  readonly #rooms: Rooms;
  readonly #feeds = new Map<string, RoomFeed>();
  readonly #lingering = new Map<string, Timer>();
  readonly #check: EndsCheck;
  readonly #stops: (() => void)[];

  constructor(rooms: Rooms, host: Omit<FeedHost, 'behind'>, link: HistoryLink | undefined) {
    this.#rooms = rooms;
    this.#check = new EndsCheck(host.ends, host.clock, this.#feeds, host.report);
    this.#host = { ...host, behind: (feed, error) => this.#check.behind(feed, error) };
    this.#stops = [
      rooms.observe({
        created: (room) => this.#open(room),
        emptied: (room) => this.#linger(room),
      }),
    ];
    if (link !== undefined) this.#stops.push(link.onUp(() => this.#check.all()));
    for (const room of rooms.names()) this.#open(room);
  }

  /** Rooms that are followed. */
  get size(): number {
    return this.#feeds.size;
  }

  get(room: string): RoomFeed | undefined {
    return this.#feeds.get(room);
  }

  /** The feed of a room that is about to have a member. */
  of(room: string): RoomFeed {
    const feed = this.#feeds.get(room) ?? this.#add(room);
    if (this.#rooms.size(room) === 0) this.#linger(room);
    return feed;
  }

  /** Settles when what is appended to a room from now on is delivered; never rejects. */
  async settled(room: string): Promise<void> {
    const feed = this.#feeds.get(room);
    // Without the broker nothing can come, and the feed is asked again when it is back.
    if (feed?.isLive === false) await feed.read(false).catch(() => {});
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#check.close();
    for (const timer of this.#lingering.values()) this.#host.clock.clear(timer);
    this.#lingering.clear();
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  #open(room: string): void {
    this.#host.clock.clear(this.#lingering.get(room));
    this.#lingering.delete(room);
    const feed = this.#feeds.get(room) ?? this.#add(room);
    // Failing is what the feed is asked about again.
    if (!feed.isLive) feed.read(false).catch(() => {});
  }

  #add(room: string): RoomFeed {
    const feed = new RoomFeed(room, this.#host);
    this.#feeds.set(room, feed);
    this.#check.start();
    return feed;
  }

  #linger(room: string): void {
    this.#host.clock.clear(this.#lingering.get(room));
    const timer = this.#host.clock.after(LINGER, () => {
      this.#lingering.delete(room);
      if (this.#rooms.size(room) > 0) return;
      this.#feeds.get(room)?.close();
      this.#feeds.delete(room);
    });
    this.#lingering.set(room, timer);
  }
}
