import { performance } from 'node:perf_hooks';
import type { MaybePromise } from '../support/maybe-promise.js';
import { isThenable } from '../support/thenable.js';
import type { Publication } from './publications.js';

/** Milliseconds for which a key is remembered. */
const REMEMBERED_FOR = 300_000;
/** Keys of all rooms remembered at a time; past them the oldest is forgotten. */
const MAX_KEYS = 65_536;

interface Published {
  readonly room: string;
  readonly at: number;
  publication: MaybePromise<Publication>;
}

/** What was published in this process under a key of the application: once. */
export class PublishedKeys {
  /** In the order they were used. */
  readonly #keys = new Map<string, Published>();

  /** @param publish called where the key was not used in the last 5 minutes, or what it published has failed */
  once(
    room: string,
    key: string,
    publish: () => MaybePromise<Publication>,
  ): MaybePromise<Publication> {
    const now = performance.now();
    this.#forget(now);
    const name = `${room.length}:${room}${key}`;
    const known = this.#keys.get(name);
    if (known !== undefined) {
      const { publication } = known;
      return isThenable(publication)
        ? Promise.resolve(publication).then(again)
        : again(publication);
    }
    const publication = publish();
    const published = { room, at: now, publication };
    this.#keys.set(name, published);
    if (isThenable(publication)) {
      Promise.resolve(publication).catch(() => {
        if (this.#keys.get(name) === published) this.#keys.delete(name);
      });
    }
    return publication;
  }

  /** The room begins anew: nothing of it was published. */
  clear(room: string): void {
    for (const [name, published] of this.#keys) {
      if (published.room === room) this.#keys.delete(name);
    }
  }

  #forget(now: number): void {
    for (const [name, { at }] of this.#keys) {
      if (this.#keys.size < MAX_KEYS && now - at < REMEMBERED_FOR) return;
      this.#keys.delete(name);
    }
  }
}

/** Nobody was sent anything this time. */
function again({ room, epoch, offset }: Publication): Publication {
  return { room, epoch, offset, sent: 0, queued: 0, dropped: 0, closed: 0 };
}
