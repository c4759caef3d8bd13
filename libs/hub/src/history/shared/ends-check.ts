import { BrokerUnavailable } from '../../broker/broker-unavailable.js';
import type { Clock, Timer } from '../../support/clock.js';
import type { RoomEnds } from './room-ends.js';
import type { RoomFeed } from './room-feed.js';

/** Milliseconds of silence after which the end of a room is compared: its news may have been lost. */
const SILENCE = 30_000;
/** Milliseconds after which what could not be read is read again. */
const RETRY = 1_000;
/** Rooms in one call. */
const BATCH = 256;

/** Finds rooms that have gone on without this node having heard of it. */
export class EndsCheck {
  readonly #ends: RoomEnds;
  readonly #clock: Clock;
  readonly #feeds: ReadonlyMap<string, RoomFeed>;
  readonly #report: (error: unknown) => void;
  readonly #behind = new Set<RoomFeed>();
  #silence: Timer;
  #retry: Timer;
  /** Counts up when the broker has come back: what was begun before is given up. */
  #round = 0;

  constructor(
    ends: RoomEnds,
    clock: Clock,
    feeds: ReadonlyMap<string, RoomFeed>,
    report: (error: unknown) => void,
  ) {
    this.#ends = ends;
    this.#clock = clock;
    this.#feeds = feeds;
    this.#report = report;
  }

  /** There are rooms. */
  start(): void {
    this.#silence ??= this.#clock.after(SILENCE, () => {
      this.#silence = undefined;
      if (this.#feeds.size === 0) return;
      this.start();
      const since = this.#clock.now() - SILENCE;
      const silent = [...this.#feeds.values()].filter(({ heardAt }) => heardAt <= since);
      void this.#run(silent, false);
    });
  }

  /** The broker is back: every room is followed anew and compared. */
  all(): void {
    void this.#run([...this.#feeds.values()], true);
  }

  /** A room could not be read. */
  behind(feed: RoomFeed, error: unknown): void {
    this.#failed(error);
    this.#behind.add(feed);
    this.#retry ??= this.#clock.after(RETRY, () => {
      this.#retry = undefined;
      const feeds = [...this.#behind].filter((one) => this.#feeds.get(one.room) === one);
      this.#behind.clear();
      for (const one of feeds.slice(BATCH)) this.behind(one, error);
      for (const one of feeds.slice(0, BATCH)) one.read(false).catch(() => {});
    });
  }

  close(): void {
    this.#round++;
    this.#clock.clear(this.#silence);
    this.#clock.clear(this.#retry);
    this.#behind.clear();
  }

  /** Never rejects: what fails is done again when the broker is back, or after the next silence. */
  async #run(feeds: readonly RoomFeed[], anew: boolean): Promise<void> {
    const round = anew ? ++this.#round : this.#round;
    for (let at = 0; at < feeds.length && round === this.#round; at += BATCH) {
      if (!(await this.#compare(feeds.slice(at, at + BATCH), anew))) return;
    }
  }

  /** @returns whether there is a point in going on */
  async #compare(batch: readonly RoomFeed[], anew: boolean): Promise<boolean> {
    const open = batch.filter((one) => this.#feeds.get(one.room) === one);
    // One that cannot be followed is none of the others' business: it is tried again when it is read.
    if (anew) await Promise.allSettled(open.map((one) => one.followAgain()));
    const asked = open.map(async (feed) => {
      const end = await this.#ends.of(feed.room);
      if (end !== undefined && this.#feeds.get(feed.room) === feed) {
        feed.compare(end.epoch, end.offset);
      }
    });
    const compared = await Promise.allSettled(asked);
    const failed = compared.filter((one) => one.status === 'rejected');
    if (failed[0] !== undefined) this.#failed(failed[0].reason);
    // Without a broker the other rooms have none either.
    return failed.length < open.length || open.length === 0;
  }

  #failed(error: unknown): void {
    if (!(error instanceof BrokerUnavailable)) this.#report(error);
  }
}
