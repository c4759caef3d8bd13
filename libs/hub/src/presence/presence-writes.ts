import { isThenable } from '../support/thenable.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { PresenceStore } from './presence-store.js';

/** Milliseconds before a leave that failed is tried again; after the last it is given up. */
const RETRIES: readonly number[] = [100, 1_000, 5_000];

/** What a store is being told about one connection in one room. */
interface Visit {
  /** Settles when the last of it has been done; never rejects. */
  tail: Promise<void>;
  /** The key it has entered under last, undefined since it has left. */
  key: string | undefined;
  waiting: number;
}

/**
 * Tells a store who comes and goes. What is said about one connection in one room is said in order: a
 * leave that overtakes its enter would leave a ghost, an enter that is overtaken an absent member.
 */
export class PresenceWrites {
  readonly #store: PresenceStore;
  readonly #report: (error: unknown) => void;
  /** Only those that a store is being waited for. */
  readonly #visits = new Map<string, Visit>();

  /** @param report told of every leave that failed */
  constructor(store: PresenceStore, report: (error: unknown) => void) {
    this.#store = store;
    this.#report = report;
  }

  /** Visits that are waited for, for tests of leaks. */
  get size(): number {
    return this.#visits.size;
  }

  /** Throws, or rejects with, what the store does. */
  enter(room: string, key: string, id: string, meta: unknown): MaybePromise<void> {
    const name = visitName(room, id);
    const visit = this.#visits.get(name);
    if (visit !== undefined) visit.key = key;
    const enter = (): MaybePromise<void> => this.#store.enter(room, key, id, meta);
    const entered = visit === undefined ? enter() : visit.tail.then(enter);
    if (isThenable(entered)) this.#follow(name, entered, key);
    return entered;
  }

  /**
   * Never throws and never rejects: a leave that fails is tried again, unless the connection has come
   * back under the same key.
   * @returns a Promise only when there is something to wait for
   */
  leave(room: string, key: string, id: string): MaybePromise<void> {
    const name = visitName(room, id);
    const visit = this.#visits.get(name);
    if (visit !== undefined) visit.key = undefined;
    const leave = (): MaybePromise<void> => this.#leave(room, key, id);
    const left = visit === undefined ? leave() : visit.tail.then(leave);
    if (isThenable(left)) this.#follow(name, left, undefined);
    return left;
  }

  #leave(room: string, key: string, id: string): MaybePromise<void> {
    try {
      const left = this.#store.leave(room, key, id);
      if (!isThenable(left)) return undefined;
      return left.then(undefined, (error: unknown) => this.#again(error, room, key, id));
    } catch (error) {
      return this.#again(error, room, key, id);
    }
  }

  async #again(first: unknown, room: string, key: string, id: string): Promise<void> {
    this.#report(first);
    for (const delay of RETRIES) {
      await new Promise<void>((resolve) => void setTimeout(resolve, delay).unref());
      if (this.#visits.get(visitName(room, id))?.key === key) return;
      try {
        await this.#store.leave(room, key, id);
        return;
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #follow(name: string, done: PromiseLike<void>, key: string | undefined): void {
    const visit = this.#visits.get(name) ?? { tail: Promise.resolve(), key, waiting: 0 };
    this.#visits.set(name, visit);
    visit.waiting++;
    const settled = (): void => {
      if (--visit.waiting === 0) this.#visits.delete(name);
    };
    visit.tail = Promise.resolve(done).then(settled, settled);
  }
}

/** Ids of connections are of one length. */
function visitName(room: string, id: string): string {
  return `${id} ${room}`;
}
