/** How much waits for one user; past it the oldest is dropped. */
export interface MailboxBounds {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** Mail on its way into a mailbox, as bytes. */
export interface MailEntry {
  readonly body: Uint8Array;
  /**
   * Milliseconds since the epoch, by the clock of this process, from which on nobody wants it any more. A
   * broker that has a clock keeps it as long by that.
   */
  readonly expiresAt: number;
  /** Bytes it counts for. */
  readonly size: number;
}

/** Mail that waits. */
export interface NumberedMail extends MailEntry {
  /** Counts up for each user, and never goes back, also on a server that came back empty. */
  readonly number: number;
}

/**
 * What waits for users, the same on every node. Every method rejects with `BrokerUnavailable` while
 * there is no session, and within 2 seconds when the server does not answer.
 */
export interface BrokerMailbox {
  /** @returns its number, and how much of the same user had to go for it */
  push(
    userId: string,
    mail: MailEntry,
    bounds: MailboxBounds,
  ): Promise<{ readonly number: number; readonly dropped: number }>;
  /** What has not expired, oldest first. */
  list(userId: string): Promise<readonly NumberedMail[]>;
  /**
   * Takes out all of them or, if one is not there, none: of two nodes at once one wins.
   * @returns whether all were there
   */
  remove(userId: string, numbers: readonly number[]): Promise<boolean>;
  clear(userId: string): Promise<void>;
}
