import { whenKnown, type MaybePromise } from '../support/maybe-promise.js';
import { isThenable } from '../support/thenable.js';
import { inStoreTime } from '../wire/in-store-time.js';
import type { Person, PresenceStore } from './presence-store.js';

/** What has been said about a connection in a room since an enter of it took too long. */
interface Since {
  /** Under which key it has entered again; undefined while it is not to be there. */
  key: string | undefined;
  /** Enters that took too long and may be done still. */
  overdue: number;
}

/** A store whose answers come in time, or fail: one that hangs would keep all news of a room back. */
export class TimelyPresenceStore implements PresenceStore {
  readonly #store: PresenceStore;
  readonly #report: (error: unknown) => void;
  readonly #since = new Map<string, Since>();

  /** @param report told when somebody who entered too late cannot be taken out again */
  constructor(store: PresenceStore, report: (error: unknown) => void) {
    this.#store = store;
    this.#report = report;
  }

  enter(room: string, key: string, id: string, meta: unknown): MaybePromise<void> {
    const name = `${id} ${room}`;
    const since = this.#since.get(name);
    if (since !== undefined) since.key = key;
    const entering = this.#store.enter(room, key, id, meta);
    const entered = inStoreTime('enter room', entering);
    if (isThenable(entered)) entered.catch(() => this.#late(name, entering, [room, key, id]));
    return entered;
  }

  leave(room: string, key: string, id: string): MaybePromise<void> {
    const since = this.#since.get(`${id} ${room}`);
    if (since !== undefined) since.key = undefined;
    return inStoreTime('leave room', this.#store.leave(room, key, id));
  }

  get(room: string, key: string): MaybePromise<Person | undefined> {
    return inStoreTime('read presence', this.#store.get(room, key));
  }

  list(room: string): MaybePromise<readonly Person[]> {
    return inStoreTime('read presence', this.#store.list(room));
  }

  count(room: string): MaybePromise<number> {
    if (this.#store.count === undefined) return whenKnown(this.list(room), ({ length }) => length);
    return inStoreTime('read presence', this.#store.count(room));
  }

  watch(changed: (room: string, key: string) => void): void {
    this.#store.watch?.(changed);
  }

  /** Who was told that it took too long is not there: without this the store would make it a ghost. */
  #late(name: string, entering: MaybePromise<void>, visit: [string, string, string]): void {
    const since = this.#since.get(name) ?? { key: undefined, overdue: 0 };
    this.#since.set(name, since);
    since.overdue++;
    const takeOut = async (): Promise<void> => {
      if (since.key !== visit[1]) await this.leave(...visit);
    };
    const settled = (): void => {
      if (--since.overdue === 0) this.#since.delete(name);
    };
    // One that has failed by itself is over with this.
    const gone = Promise.resolve(entering).then(
      () => takeOut().catch(this.#report),
      () => undefined,
    );
    void gone.then(settled);
  }
}
