import { Events, type EventListener } from '../messages/events.js';
import { ClientError } from '../support/client-error.js';
import { Listeners } from '../support/listeners.js';
import type { Off } from '../support/off.js';
import { fields } from '../wire/exception.js';
import { isPosition, type Frame, type Position } from '../wire/frame.js';
import { GAP_EVENT, JOIN_EVENT, LEAVE_EVENT } from '../wire/wire-events.js';
import { People } from './people.js';
import type { Joined, Recovered } from './room.js';

/** What a room needs of its client. */
interface RoomHost {
  /** @throws {ClientError} at once where there is no connection */
  call(event: string, data: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Runs later; at once where `milliseconds` is 0. @returns takes it back */
  after(milliseconds: number, run: () => void): () => void;
  random(): number;
  isOpen(): boolean;
  /** Why nothing is tried any more, if so. */
  stopped(): ClientError | undefined;
  report(error: unknown): void;
}

interface Waiter {
  resolve(joined: Joined): void;
  reject(error: unknown): void;
}

/** Pauses between joins that do not help, in milliseconds: a server may leave gaps without end. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 15_000;

// For the room's client alone: applications hold rooms, and may meet no name of ours there.
export const kOpened = Symbol('opened');
export const kLost = Symbol('lost');
export const kStop = Symbol('stop');
export const kTake = Symbol('take');
export const kJoined = Symbol('joined');
export const kPeople = Symbol('people');

/** One room: where the client stands in its history, and how it comes back there. */
export class RoomCore {
  readonly name: string;
  readonly #host: RoomHost;
  readonly #events: Events;
  /** Who is there, as far as the server tells. */
  readonly [kPeople]: People;
  readonly #recovered: Listeners<[Recovered]>;
  readonly #refusals: Listeners<[ClientError]>;
  #position: Position | undefined;
  /** Whether the application wants to be in it. */
  #wanted = false;
  /** Counts joins and leaves: who answers an old one is not heard. */
  #turn = 0;
  #joining = false;
  /** What the history had is gone: the next join is a new beginning that has to be told. */
  #anew = false;
  #waiters = new Set<Waiter>();
  #troubles = 0;
  #pausing = false;
  /** Takes the pause back. */
  #off = (): void => {};
  /** Ends a join that is under way. */
  #entering = new AbortController();
  /** Left by the application: what is still on its way is not handed out. */
  #left = false;
  #leaving = 0;

  constructor(name: string, host: RoomHost) {
    const report = (error: unknown): void => host.report(error);
    this.name = name;
    this.#host = host;
    this.#events = new Events(report);
    this[kPeople] = new People(report);
    this.#recovered = new Listeners(report);
    this.#refusals = new Listeners(report);
  }

  get position(): Position | undefined {
    return this.#position;
  }

  on(event: string, listener: EventListener): Off {
    return this.#events.on(event, listener);
  }

  onRecovered(listener: (how: Recovered) => void): Off {
    return this.#recovered.add(listener);
  }

  onRefused(listener: (error: ClientError) => void): Off {
    return this.#refusals.add(listener);
  }

  join({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Joined> {
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        this.#waiters.delete(waiter);
        reject(new ClientError('ABORTED', 'Aborted', { cause: signal?.reason }));
        // Nobody else has asked for it.
        if (this.#waiters.size === 0 && this.#joining) void this.leave();
      };
      const waiter: Waiter = {
        resolve(joined) {
          signal?.removeEventListener('abort', aborted);
          resolve(joined);
        },
        reject(error) {
          signal?.removeEventListener('abort', aborted);
          reject(error);
        },
      };
      const stopped = this.#host.stopped();
      if (stopped !== undefined) {
        reject(stopped);
        return;
      }
      if (signal?.aborted === true) {
        reject(new ClientError('ABORTED', 'Aborted', { cause: signal.reason }));
        return;
      }
      signal?.addEventListener('abort', aborted);
      this.#waiters.add(waiter);
      this.#wanted = true;
      this.#left = false;
      if (this.#host.isOpen() && !this.#joining) this.#enter();
    });
  }

  async leave(): Promise<void> {
    const entered = this.#wanted && this.#host.isOpen();
    this.#wanted = false;
    this.#left = true;
    this.#forget();
    this.#fail(new ClientError('ABORTED', `Left ${this.name}`));
    if (!entered) return;
    this.#leaving += 1;
    try {
      await this.#host.call(LEAVE_EVENT, { room: this.name });
    } catch (error) {
      // Not in it any more, which is what was wanted; a lost connection leaves as well.
      const { code } = error as ClientError;
      if (code !== 'NOT_FOUND' && code !== 'DISCONNECTED') throw error;
    } finally {
      this.#leaving -= 1;
    }
  }

  /** Messages flow: it comes back to where it was. */
  [kOpened](): void {
    this.#troubles = 0;
    if (this.#wanted) this.#enter();
  }

  [kLost](): void {
    this.#turn += 1;
    this.#joining = false;
    this.#off();
  }

  /** The client does not come back by itself; it is entered again when it does. */
  [kStop](error: ClientError): void {
    this.#fail(error);
    this[kPeople].clear();
  }

  /** @returns false for what is not to be handed out: it came before, or in its turn it will come again */
  [kTake](frame: Frame): boolean {
    if (this.#left) return false;
    if (frame.event === GAP_EVENT) {
      this.#gap(frame.at);
      return false;
    }
    const { at } = frame;
    if (at === undefined) return true;
    const position = this.#position;
    if (position !== undefined) {
      const same = position.epoch === at.epoch;
      if (same && at.offset <= position.offset) return false;
      if (!same || at.offset > position.offset + 1) {
        if (this.#wanted) {
          this.#again();
          return false;
        }
        // The server has put us here, and no join of ours would bring it back.
        this.#tell(false, 0);
      } else this.#troubles = 0;
    } else if (this.#joining) return false;
    this.#position = at;
    this.#events.tell(frame);
    return true;
  }

  /** `$joined`: what follows begins behind `offset - count`. */
  [kJoined](data: unknown): void {
    const joined = readJoined(data);
    if (joined === undefined || this.#leaving > 0) return;
    this.#left = false;
    const { room, epoch, offset, count, recovered } = joined;
    const base: Position = { room, epoch, offset: offset - count };
    const position = this.#position;
    const same = position?.epoch === epoch;
    if (position === undefined) {
      this.#position = base;
      if (this.#anew) this.#tell(false, count);
      else if (recovered !== undefined) this.#tell(recovered, count);
    } else if (recovered === true && same) {
      // A history of the latest value alone has recovered whoever gets that.
      if (base.offset > position.offset) this.#position = base;
      this.#tell(true, count);
    } else if (recovered !== undefined) {
      this.#position = base;
      this.#tell(false, count);
    } else if (!this.#wanted) {
      const whole = same && base.offset <= position.offset;
      if (!whole) this.#position = base;
      this.#tell(whole, count);
    }
    this.#anew = false;
  }

  #enter(): void {
    this.#off();
    this.#turn += 1;
    this.#joining = true;
    this.#entering = new AbortController();
    void this.#ask(this.#turn);
  }

  async #ask(turn: number): Promise<void> {
    const { epoch, offset } = this.#position ?? {};
    try {
      const data = { room: this.name, epoch, offset };
      const answer = await this.#host.call(JOIN_EVENT, data, this.#entering.signal);
      if (turn !== this.#turn) return;
      const joined = readJoined(answer);
      if (joined === undefined) throw new ClientError('BAD_ANSWER', `Not joined: ${this.name}`);
      this.#joining = false;
      for (const waiter of this.#taken()) waiter.resolve(joined);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#joining = false;
      this.#refused(error as ClientError);
    }
  }

  #refused(error: ClientError): void {
    const { code } = error;
    const position = this.#position;
    // The history has begun anew, or what we have is of one that was rolled back.
    if (position !== undefined && (code === 'UNKNOWN_EPOCH' || code === 'BAD_REQUEST')) {
      this.#position = undefined;
      this.#anew = true;
      this.#enter();
    } else if (this.#waiters.size === 0 && PASSING.includes(code)) this.#pause(error.retryAfter);
    else if (code !== 'DISCONNECTED') {
      const isHeard = this.#waiters.size > 0 || this.#refusals.size > 0;
      this.#wanted = false;
      this.#forget();
      this.#fail(error);
      this.#refusals.tell(error);
      if (!isHeard) this.#host.report(error);
    }
  }

  /** Something is missing: what the server still has of it comes with another join. */
  #gap(at: Position | undefined): void {
    if (this.#wanted) this.#again();
    else {
      this.#position = at ?? this.#position;
      this.#tell(false, 0);
    }
  }

  #again(): void {
    if (this.#joining || this.#pausing) return;
    if (this.#troubles === 0) {
      this.#troubles = 1;
      this.#enter();
    } else this.#pause(undefined);
  }

  #pause(retryAfter = 0): void {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#troubles);
    this.#troubles += 1;
    this.#pausing = true;
    const off = this.#host.after(retryAfter + pause * this.#host.random(), () => {
      this.#pausing = false;
      if (this.#wanted && this.#host.isOpen()) this.#enter();
    });
    this.#off = () => {
      off();
      this.#pausing = false;
    };
  }

  #tell(recovered: boolean, count: number): void {
    this.#recovered.tell({ recovered, count });
  }

  #forget(): void {
    this.#turn += 1;
    this.#joining = false;
    this.#anew = false;
    this.#position = undefined;
    this.#off();
    this.#entering.abort();
    this[kPeople].clear();
  }

  #taken(): Set<Waiter> {
    const waiters = this.#waiters;
    this.#waiters = new Set();
    return waiters;
  }

  #fail(error: ClientError): void {
    for (const waiter of this.#taken()) waiter.reject(error);
  }
}

/** Refusals of a join that pass by themselves. */
export const PASSING = ['TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED', 'CANCELLED', 'INTERNAL_ERROR'];

function readJoined(data: unknown): Joined | undefined {
  const { count, recovered } = fields(data);
  if (!isPosition(data) || !Number.isSafeInteger(count)) return undefined;
  const messages = count as number;
  if (messages < 0 || messages > data.offset) return undefined;
  const { room, epoch, offset } = data;
  return {
    room,
    epoch,
    offset,
    count: messages,
    recovered: typeof recovered === 'boolean' ? recovered : undefined,
  };
}
