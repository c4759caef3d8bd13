import type { DropReason } from './link/link-host.js';
import { IGNORED_REASONS, type IgnoredReason } from './bus/ignored-reason.js';

/** What this node has exchanged with the others since the start. */
export interface ClusterStats {
  /** Broadcasts the broker has acknowledged. */
  readonly sent: number;
  /** Messages that came from the broker. */
  readonly received: number;
  /** Broadcasts of other nodes that were delivered here. */
  readonly delivered: number;
  /** Broadcasts that came once more and were not delivered again. */
  readonly duplicates: number;
  /** Gaps that were announced here. */
  readonly gaps: number;
  /** Broadcasts that were read from the log of their publisher. */
  readonly repaired: number;
  /** Broadcasts the broker has delivered and could not keep for repair. */
  readonly unlogged: number;
  /** Broadcasts of this node that the others never get, by the reason. */
  readonly dropped: Readonly<Record<DropReason | 'address', number>>;
  /** What came from the broker and was not used, by the reason. */
  readonly ignored: Readonly<Record<IgnoredReason, number>>;
  /** Broadcasts that wait for the broker or its answer. */
  readonly outbox: { readonly entries: number; readonly bytes: number };
  /** Broadcasts that came without the codec of a receiver, and were encoded once more. */
  readonly reencoded: number;
  /** Pairs of a node and a channel that were forgotten, so that a hole may not be found. */
  readonly evicted: number;
}

/** No reason has been met so far. */
export function noneIgnored(): Record<IgnoredReason, number> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys are the reasons
  return Object.fromEntries(IGNORED_REASONS.map((reason) => [reason, 0])) as Record<
    IgnoredReason,
    number
  >;
}

export const ALONE_STATS: ClusterStats = Object.freeze({
  sent: 0,
  received: 0,
  delivered: 0,
  duplicates: 0,
  gaps: 0,
  repaired: 0,
  unlogged: 0,
  dropped: Object.freeze({ full: 0, late: 0, 'too-large': 0, refused: 0, address: 0 }),
  ignored: Object.freeze(noneIgnored()),
  outbox: Object.freeze({ entries: 0, bytes: 0 }),
  reencoded: 0,
  evicted: 0,
});
