import type { MaybePromise } from '../support/maybe-promise.js';
import { within } from '../support/within.js';
import { inStoreTime } from '../wire/in-store-time.js';
import type { Position } from '../wire/envelope.js';
import type { HistoryParts } from './history-parts.js';
import { LAST_CALL, type HistorySource } from './history-source.js';
import type { HistoryPage, HistoryStore } from './history-store.js';
import { checkIdempotencyKey } from './idempotency-key.js';
import { PublishedKeys } from './published-keys.js';
import { Publications, type Publication, type PublishOptions } from './publications.js';

/** Histories of this process alone, whatever keeps them. */
export class StoreSource implements HistorySource {
  readonly #parts: HistoryParts;
  readonly #store: HistoryStore;
  readonly #publications: Publications;
  readonly #keys = new PublishedKeys();

  constructor(parts: HistoryParts, store: HistoryStore) {
    this.#parts = parts;
    this.#store = store;
    this.#publications = new Publications(parts, store);
  }

  publish(
    room: string,
    event: string,
    data: unknown,
    options: PublishOptions,
  ): MaybePromise<Publication> {
    const { idempotencyKey: key } = options;
    checkIdempotencyKey(key);
    const publish = (): MaybePromise<Publication> =>
      this.#publications.publish(room, event, data, options);
    return key === undefined ? publish() : this.#keys.once(room, key, publish);
  }

  /** Not bounded here: a join has its own time, and its signal. */
  enter(room: string): MaybePromise<HistoryPage> {
    return this.#read(room, 0);
  }

  waiting(room: string): Promise<unknown> | undefined {
    return this.#publications.waiting(room);
  }

  read(room: string, after = 0): MaybePromise<HistoryPage> {
    return inStoreTime('read history', this.#read(room, after));
  }

  async position(room: string): Promise<Position> {
    const { epoch, offset } = await this.read(room, Infinity);
    return { room, epoch, offset };
  }

  clear(room: string): MaybePromise<void> {
    this.#keys.clear(room);
    return inStoreTime('clear history', this.#store.clear(room));
  }

  async close(): Promise<void> {
    // What was published last, in a disconnect hook for instance, may still wait for its turn.
    await within(this.#publications.settled(), LAST_CALL);
    await inStoreTime('close history', this.#store.close());
  }

  #read(room: string, after: number): MaybePromise<HistoryPage> {
    return this.#store.read(room, after, this.#parts.settings.of(room));
  }
}
