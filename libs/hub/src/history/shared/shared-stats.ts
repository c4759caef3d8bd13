/** What happened to the histories of all nodes at this one, counted since the start. */
export interface SharedStats {
  /** Messages that news had missed and that were read then. */
  repaired: number;
  /** Gaps: messages that members of this node have missed. */
  gaps: number;
  /** Entries of another version, or of a stranger. */
  unreadable: number;
  /** News that made no sense. */
  ignored: number;
}
