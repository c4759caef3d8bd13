import type { MaybePromise } from '../support/maybe-promise.js';
import type { MailboxBounds } from '../broker/broker-mailbox.js';

/** A message that waits for a user. */
export interface Mail {
  /** Counts up for each user; never one that was given before a restart, for clients ignore these. */
  readonly number: number;
  readonly event: string;
  readonly data: unknown;
  /** Whether it stays until a client has acknowledged it. */
  readonly acknowledged: boolean;
  /** Milliseconds since the epoch from which on nobody wants it any more. */
  readonly expiresAt: number;
  /** Bytes it counts for. */
  readonly size: number;
}

/** Mail of a user that was lost to mail of another. */
export interface LostMail {
  readonly userId: string;
  readonly messages: number;
}

/** Mail that is kept now. */
export interface Kept {
  readonly mail: Mail;
  /** Messages that had to go for it, of whomever. */
  readonly dropped: number;
  /** Those of them that were of other users; default none. */
  readonly lost?: readonly LostMail[] | undefined;
}

/** Keeps what waits for users, in order. */
export interface MailboxStore {
  /**
   * @returns the mail with its number, how many others had to go for it, and which of these were of
   *   other users
   */
  push(userId: string, mail: Omit<Mail, 'number'>, bounds: MailboxBounds): MaybePromise<Kept>;
  /** Everything that waits and has not expired, oldest first. */
  list(userId: string): MaybePromise<readonly Mail[]>;
  /**
   * Takes out mail by number, all of it or, if one of them is not there, none.
   * @returns whether all were there
   */
  remove(userId: string, numbers: readonly number[]): MaybePromise<boolean>;
  /** Forgets what waits for a user. */
  clear(userId: string): MaybePromise<void>;
  /** Lets go of timers and connections. */
  close(): MaybePromise<void>;
}
