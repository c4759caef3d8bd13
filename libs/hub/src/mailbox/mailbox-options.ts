import { positive } from '../support/positive.js';
import type { MailboxBounds, MailboxStore } from './mailbox-store.js';

const DEFAULT_MAX_MAILS = 100;
const DEFAULT_MAX_MAILBOX_BYTES = 256 * 1024;
const DEFAULT_MAIL_TTL = 24 * 60 * 60 * 1_000;

/** What waits for users who are away, and for how long. */
export interface MailboxOptions {
  /** Messages that wait for one user; default 100, then the oldest goes. */
  readonly maxMessages?: number | undefined;
  /** Bytes that wait for one user; default 256 KiB, then the oldest goes. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds a message waits; default a day. */
  readonly ttl?: number | undefined;
  /** Users with mail in memory; default 10,000. */
  readonly maxUsers?: number | undefined;
  /** Bytes of all mail in memory together; default 64 MiB. */
  readonly maxTotalBytes?: number | undefined;
  /** Told how many messages were dropped for newer ones. */
  readonly onDropped?: ((userId: string, messages: number) => void) | undefined;
  /** Default: in the memory of this process. */
  readonly store?: MailboxStore | undefined;
}

/** How one message to a user is kept. */
export interface MailOptions {
  /**
   * True: at least once. The message keeps waiting until a client has sent `$ack` with its number,
   * and is sent again on every connect until then. False, the default: it is done once it has been
   * handed to an open connection.
   */
  readonly acknowledge?: boolean | undefined;
  /** Milliseconds it waits; default the mailbox's. */
  readonly ttl?: number | undefined;
}

/** What became of a message to a user. */
export interface MailResult {
  /** Connections it was handed to. */
  readonly delivered: number;
  /** Whether it waits: for the user to come, or to acknowledge it. */
  readonly waiting: boolean;
}

/** Messages since the start; `delivered` counts each connection. */
export interface MailboxStats {
  readonly delivered: number;
  readonly queued: number;
  readonly acknowledged: number;
  readonly dropped: number;
}

/** How much waits for one user and how long, checked. */
export interface MailboxSettings {
  readonly bounds: MailboxBounds;
  /** Milliseconds. */
  readonly ttl: number;
}

/** @throws {UsageError} for a bound that is not a positive integer. */
export function mailboxSettings(options: MailboxOptions): MailboxSettings {
  const bounds = {
    maxMessages: positive('mailbox.maxMessages', options.maxMessages, DEFAULT_MAX_MAILS),
    maxBytes: positive('mailbox.maxBytes', options.maxBytes, DEFAULT_MAX_MAILBOX_BYTES),
  };
  const ttl = positive('mailbox.ttl', options.ttl, DEFAULT_MAIL_TTL);
  positive('mailbox.maxUsers', options.maxUsers, 1);
  positive('mailbox.maxTotalBytes', options.maxTotalBytes, 1);
  return { bounds, ttl };
}
