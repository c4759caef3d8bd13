import type { Envelope, Position } from '../../wire/envelope.js';

/** Members of a room have missed messages that nobody can hand them any more. */
export interface HistoryGap extends Position {
  /**
   * - `epoch`: the room has begun anew
   * - `bounds`: there were more than are kept
   * - `unreadable`: what was written is of another version, or of a stranger
   */
  readonly reason: 'epoch' | 'bounds' | 'unreadable';
}

/**
 * Is told of every gap. The position of the gap is the place behind which messages follow again.
 * @returns what the members are told in its place; undefined for nothing
 */
export type GapNotice = (gap: HistoryGap) => Envelope | undefined;
