import { callback, count, objectWith } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable } from '../options/option-table.js';
import type { MailboxStore } from './mailbox-store.js';
import { DEFAULT_MAX_MAIL_BYTES, DEFAULT_MAX_MAILBOXES } from './memory-mailbox-store.js';

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
  /** Told how many messages were dropped for newer ones, and whose they were. */
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

export const MAILBOX_OPTIONS = new OptionTable({
  maxMessages: count(100),
  maxBytes: count(256 * 1024),
  ttl: count(24 * 60 * 60 * 1_000),
  maxUsers: count(DEFAULT_MAX_MAILBOXES),
  maxTotalBytes: count(DEFAULT_MAX_MAIL_BYTES),
  onDropped: callback<(userId: string, messages: number) => void>(),
  store: objectWith<MailboxStore>('push', 'list', 'remove', 'clear', 'close')(undefined),
} satisfies OptionsFor<MailboxOptions>);

/**
 * The `ttl` of one message.
 * @throws {UsageError} for anything but a positive integer
 */
export function readTtl(ttl: number): number {
  return MAILBOX_OPTIONS.options.ttl.read(ttl, usagePlace('mail', 'mail.ttl'));
}
