import { count } from '../options/option-kinds.js';
import { OptionTable, type Resolved } from '../options/option-table.js';

/** How much of one connection is worked on at a time, and how much may wait. */
export const LANE_OPTIONS = new OptionTable({
  /** Jobs under way at a time; 1 keeps answers in the order of the requests. */
  concurrency: count(1),
  /**
   * Jobs that wait before the connection is paused: what a client that does not wait for answers sends
   * in one go. Pausing sooner takes a turn of the event loop and a write for every few of them.
   */
  queueSize: count(64),
  /** Bytes of messages that wait before the connection is paused. */
  queueBytes: count(256 * 1024),
});

export type LaneLimits = Resolved<typeof LANE_OPTIONS>;
