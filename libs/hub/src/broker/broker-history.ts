/** How much of a room is kept; whichever bound is reached first. */
export interface HistoryBounds {
  /** Default 100. */
  readonly maxMessages: number;
  /** Of the messages as JSON frames; default 256 KiB. */
  readonly maxBytes: number;
  /** Milliseconds; default 10 minutes. */
  readonly maxAge: number;
}

/** Where a room's log ends. */
export interface LogEnd {
  readonly epoch: string;
  /** Offset of the newest entry, 0 before the first. */
  readonly offset: number;
}

/** One message of a room as bytes. */
export interface LogEntry {
  readonly offset: number;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly time: number;
  readonly body: Uint8Array;
}

/** An entry and the life of the room it belongs to. */
export interface LogNews extends LogEntry {
  readonly epoch: string;
}

/** What is kept of a room. */
export interface LogPage extends LogEnd {
  /** Oldest first, without gaps, up to `offset`. */
  readonly entries: readonly LogEntry[];
}

/**
 * Messages of rooms, the same on every node: one atomic append gives each an offset, which is the order
 * in which every node delivers. Once anything of a room was lost other than by its bounds, and when the
 * server is another one (its generation), the room has another epoch.
 *
 * Every method rejects with `BrokerUnavailable` while there is no session, and within 2 seconds when
 * the server does not answer.
 */
export interface BrokerHistory {
  /**
   * Appends and tells all nodes that follow the room. In the order of the calls of one room; called
   * again before it has settled. An append whose answer was lost is tried again without doubling it.
   * @param id the application's own idempotency key: the same within 5 minutes is appended once
   */
  append(room: string, body: Uint8Array, bounds: HistoryBounds, id?: string): Promise<LogNews>;
  /** @param after an offset; 0 for all that is kept */
  read(room: string, after: number, bounds: HistoryBounds): Promise<LogPage>;
  /** Where rooms end now, in the order asked. */
  ends(rooms: readonly string[]): Promise<readonly LogEnd[]>;
  /** Forgets a room. */
  clear(room: string): Promise<void>;
  /**
   * Hands over what is appended to a room from now on, by whichever node; it may come doubled, late or
   * not at all. Holds over sessions: it is subscribed again with each. Settles when it is live.
   */
  follow(room: string, feed: (news: LogNews) => void): Promise<void>;
  unfollow(room: string): void;
}
