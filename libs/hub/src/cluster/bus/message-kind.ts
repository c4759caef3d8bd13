/** What a message between nodes is; its number on the wire. Never give a number a second meaning. */
export enum MessageKind {
  /** To receivers of an address; the only kind with a sequence number. */
  Broadcast = 1,
  /** Alive, every 2 seconds. */
  Heartbeat = 2,
  /** A node has come, and asks the others to say who they are. */
  Hello = 3,
  /** A node goes. */
  Bye = 4,
  /** Changes of who a node has in a channel. */
  RosterDelta = 5,
  /** Which states of whom one knows; asks for what is newer. */
  RosterAsk = 6,
  /** All a node has in a channel. */
  RosterState = 7,
  /** Something asked of every node. */
  Query = 8,
  /** What one node says to a query. */
  Answer = 9,
  /** Mail was kept for a user. */
  Mail = 10,
  /** How far a node has got on its channels. */
  Tails = 11,
  /** Asks nodes how far they have got. */
  TailsAsk = 12,
}
