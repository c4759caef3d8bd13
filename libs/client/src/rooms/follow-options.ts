import type { Contract, EventData, EventName } from '#contract';
import type { EventInfo } from '../messages/event-info.js';
import type { Off } from '../support/off.js';

/** How far a state is: what it has of the history of its room. */
export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/** What a state is made of. */
export type FollowOptions<C extends Contract, S> = FollowParts<C, S> & PlaceOption<S>;

/** Where the place of a snapshot is to be found, unless it stands in it as `at`. */
type PlaceOption<S> = S extends { readonly at: Place }
  ? { readonly at?: ((snapshot: S) => Place) | undefined }
  : { readonly at: (snapshot: S) => Place };

interface FollowParts<C extends Contract, S> {
  /**
   * Asks for the state as a whole, which has to name its place. Called again whenever the history cannot tell what
   * was missed.
   */
  readonly snapshot: (how: { readonly signal: AbortSignal }) => Promise<S>;
  /** Takes the state as a whole, in place of the one before. */
  readonly begin: (snapshot: S) => void;
  /** Take what has changed since, each message once and in order. Events that are not named change nothing. */
  readonly apply: {
    readonly [N in EventName<C>]?: (data: EventData<C, N>, info: EventInfo) => void;
  };
}

/** A state that is kept as it is at the server. */
export interface Followed {
  /** Whether it is whole; false at first, and while it is asked for anew. While the client is away it stays as it was. */
  readonly live: boolean;
  /**
   * Resolves when it is whole for the first time.
   * @throws {ClientError} what the room or the snapshot is refused with, BAD_ANSWER for a snapshot without a place,
   *   ABORTED after `stop`
   */
  readonly ready: Promise<void>;
  /** Told whenever it has become whole, and when it is not any more. */
  onLive(listener: (live: boolean) => void): Off;
  /** Nothing is applied any more. The room is not left. */
  stop(): void;
}
