import type { MaybePromise } from '../support/maybe-promise.js';
import type { Position } from '../wire/envelope.js';
import type { HistoryPage } from './history-store.js';
import type { Publication, PublishOptions } from './publications.js';

/** Where the messages of rooms are kept and come from: a store of this process, or a log of all nodes. */
export interface HistorySource {
  /** See `History.publish`. */
  publish(
    room: string,
    event: string,
    data: unknown,
    options: PublishOptions,
  ): MaybePromise<Publication>;
  /**
   * What is kept of a room that somebody enters. Nothing falls between it and what is delivered to the
   * members from now on, once `waiting` has settled too.
   */
  enter(room: string): MaybePromise<HistoryPage>;
  /** Settles when what waits for the store has been delivered; undefined when nothing waits. */
  waiting(room: string): Promise<unknown> | undefined;
  /** What is kept of a room. */
  read(room: string): MaybePromise<HistoryPage>;
  /** Where a room ends now. */
  position(room: string): Promise<Position>;
  clear(room: string): MaybePromise<void>;
  /** Waits for what was published last, as far as that takes no longer than a second. */
  close(): Promise<void>;
}

/** Milliseconds publications get that wait for a store which is about to be closed. */
export const LAST_CALL = 1_000;
