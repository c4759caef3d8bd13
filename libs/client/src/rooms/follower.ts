import type { EventInfo } from '../messages/event-info.js';
import { ClientError } from '../support/client-error.js';
import type { Clock } from '../support/clock.js';
import { Listeners } from '../support/listeners.js';
import type { Off } from '../support/off.js';
import { fields } from '../wire/exception.js';
import { isPosition, type Frame, type Position } from '../wire/frame.js';
import type { Followed, Place } from './follow-options.js';
import { PASSING } from './room-core.js';
import type { Joined } from './room.js';

/** What a follower needs of its client and its room. */
interface FollowHost {
  readonly room: string;
  readonly clock: Clock;
  readonly snapshot: (how: { readonly signal: AbortSignal }) => Promise<unknown>;
  readonly begin: (snapshot: unknown) => void;
  readonly apply: Readonly<Record<string, ((data: unknown, info: EventInfo) => void) | undefined>>;
  readonly placeOf: (snapshot: unknown) => Place;
  /** Where the room stands; undefined before it was entered. */
  readonly position: () => Position | undefined;
  /** Resolves when messages flow again, or the signal aborts. */
  readonly opened: (signal: AbortSignal) => Promise<void>;
  readonly report: (error: unknown) => void;
  /** Ends what it hears of the room. */
  readonly off: () => void;
}

/** A message of the room. */
type Kept = Frame & { readonly at: Position };

/** Messages that are kept while a snapshot is on its way; before the newest of them it has to be. */
const MOST_KEPT = 10_000;
/** Snapshots that are of no use, one after another, before it is given up. */
const MOST_TROUBLES = 10;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 15_000;
/** What a snapshot may fail with and succeed the next time: the connection, or the server for a while. */
const PASSING_CALLS = [...PASSING, 'DISCONNECTED', 'EXPIRED', 'NOT_OPEN', 'QUEUE_FULL'];

/** The client has been ended, and may be connected again. */
const STOPPED = ['CLOSED', 'REFUSED', 'SIGNED_OUT'];

/** A snapshot, and what the room's history says behind it: neither a hole between them nor anything twice. */
export class Follower implements Followed {
  readonly ready: Promise<void>;
  readonly #host: FollowHost;
  readonly #lives: Listeners<[boolean]>;
  readonly #stopped = new AbortController();
  #live = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};
  /** Whether there was a snapshot. */
  #begun = false;
  /** Messages up to this offset are in the snapshot. */
  #from = 0;
  /** What has come since the snapshot was asked for. */
  #kept: Kept[] = [];
  /** What is kept follows on this; undefined before the room was entered. */
  #base: Place | undefined;
  /** What has been applied, or is kept. */
  #last: Place | undefined;
  /** Ends the load that is under way. */
  #round = new AbortController();

  constructor(host: FollowHost) {
    this.#host = host;
    this.#lives = new Listeners(host.report);
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever does not wait for it is told of what fails as of anything else.
    this.ready.catch(() => {});
  }

  get live(): boolean {
    return this.#live;
  }

  onLive(listener: (live: boolean) => void): Off {
    return this.#lives.add(listener);
  }

  stop(): void {
    this.#end(new ClientError('ABORTED', `Stopped following ${this.#host.room}`));
  }

  /** @param joining resolves when the room was entered */
  async start(joining: Promise<Joined>): Promise<void> {
    const there = this.#host.position();
    if (there !== undefined) this.#anew(there);
    try {
      const { epoch, offset, count } = await joining;
      if (this.#base === undefined) this.#anew({ epoch, offset: offset - count }, true);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The history cannot tell what was missed. */
  lost(): void {
    const position = this.#host.position();
    if (position !== undefined) this.#anew(position);
  }

  /** The room is not to be entered, or not again. */
  refused(error: ClientError): void {
    this.#fail(error);
  }

  /** A message of the room that is handed out. */
  take(frame: Frame): void {
    const { at } = frame;
    if (at === undefined || at.room !== this.#host.room || this.#stopped.signal.aborted) return;
    const last = this.#last;
    if (last !== undefined && (last.epoch !== at.epoch || at.offset !== last.offset + 1)) {
      this.#anew({ epoch: at.epoch, offset: at.offset - 1 });
    }
    this.#last = at;
    const kept = { ...frame, at };
    if (this.#live) this.#apply(kept);
    else {
      this.#kept.push(kept);
      if (this.#kept.length > MOST_KEPT) this.#base = this.#kept.shift()?.at;
    }
  }

  /** @param keeps whether what was kept follows on `base` */
  #anew(base: Place, keeps = false): void {
    if (this.#stopped.signal.aborted) return;
    this.#round.abort();
    this.#round = new AbortController();
    this.#base = base;
    if (keeps) this.#last ??= base;
    else {
      this.#kept = [];
      this.#last = base;
    }
    this.#become(false);
    void this.#load(this.#round.signal);
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { room, snapshot: ask, report } = this.#host;
    let troubles = 0;
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        const snapshot = await ask({ signal });
        if (signal.aborted) return;
        const place = this.#placeOf(snapshot);
        const base = this.#base;
        if (base?.epoch === place.epoch && place.offset >= base.offset) {
          this.#begin(snapshot, place);
          return;
        }
        // A server may be behind another one, and a page in an epoch that is over.
        troubles += 1;
        if (troubles >= MOST_TROUBLES) throw behind(room);
      } catch (error) {
        if (signal.aborted) return;
        const code = error instanceof ClientError ? error.code : '';
        if (this.#begun && STOPPED.includes(code)) await this.#host.opened(signal);
        else if (!PASSING_CALLS.includes(code)) {
          troubles += 1;
          if (!this.#begun || troubles >= MOST_TROUBLES) {
            this.#fail(error);
            return;
          }
          report(error);
        }
      }
      await this.#pause(tries, signal);
    }
  }

  #begin(snapshot: unknown, place: Place): void {
    const kept = this.#kept;
    this.#kept = [];
    try {
      this.#host.begin(snapshot);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#begun = true;
    this.#from = place.offset;
    for (const frame of kept) this.#apply(frame);
    this.#become(true);
    this.#resolve();
  }

  #apply({ event, data, at, mail }: Kept): void {
    // What the snapshot has may still have been on its way to us.
    if (at.offset <= this.#from) return;
    const { apply, report } = this.#host;
    try {
      if (Object.hasOwn(apply, event)) apply[event]?.(data, { event, at, mail });
    } catch (error) {
      report(error);
    }
  }

  #placeOf(snapshot: unknown): Place {
    const { room } = this.#host;
    const { epoch, offset } = fields(this.#host.placeOf(snapshot));
    const place = { room, epoch, offset };
    if (isPosition(place)) return place;
    throw new ClientError(
      'BAD_ANSWER',
      `The snapshot of ${room} has no place: an epoch and an offset are expected as its "at"`,
    );
  }

  #pause(tries: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#host;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)) * clock.random();
    return new Promise((resolve) => {
      const end = (): void => {
        off();
        resolve();
      };
      const off = clock.after(pause, end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  #become(live: boolean): void {
    if (this.#live === live) return;
    this.#live = live;
    this.#lives.tell(live);
  }

  #fail(error: unknown): void {
    if (!this.#stopped.signal.aborted) this.#host.report(error);
    this.#end(error);
  }

  #end(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#round.abort();
    this.#kept = [];
    this.#host.off();
    this.#become(false);
    this.#reject(error);
  }
}

function behind(room: string): ClientError {
  return new ClientError(
    'BAD_ANSWER',
    `The snapshot of ${room} is of another epoch than the room, or stays behind it`,
  );
}
