import type { Position } from '../wire/frame.js';

/** What came with the data of an event. */
export interface EventInfo {
  readonly event: string;
  /** The place in the history of a room. */
  readonly at?: Position | undefined;
  /** The number under which it is acknowledged, of mail. */
  readonly mail?: number | undefined;
}
