import type { MailboxBounds } from '../broker/broker-mailbox.js';
import { MailNumbers } from '../broker/mail-numbers.js';
import type { Kept, LostMail, Mail, MailboxStore } from './mailbox-store.js';

/** Users with mail at a time; beyond that the one longest without new mail loses it. */
export const DEFAULT_MAX_MAILBOXES = 10_000;
/** Bytes of all mail together; beyond that the same happens. */
export const DEFAULT_MAX_MAIL_BYTES = 64 * 1024 * 1024;
/** Milliseconds between looks for what has expired. */
const SWEEP_INTERVAL = 60_000;

interface Box {
  mails: Mail[];
  bytes: number;
}

/** Mail in the memory of this process: gone with it. */
export class MemoryMailboxStore implements MailboxStore {
  readonly #limit: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** In the order they last got mail. */
  readonly #boxes = new Map<string, Box>();
  // One count for all users: a number that was acknowledged never comes again.
  readonly #numbers: MailNumbers;
  #bytes = 0;
  #sweeper: NodeJS.Timeout | undefined;

  /** @param now milliseconds since the epoch */
  constructor(
    limit = DEFAULT_MAX_MAILBOXES,
    maxBytes = DEFAULT_MAX_MAIL_BYTES,
    now: () => number = Date.now,
  ) {
    this.#limit = limit;
    this.#maxBytes = maxBytes;
    this.#now = now;
    this.#numbers = new MailNumbers(now);
  }

  /** Users with mail. */
  get size(): number {
    return this.#boxes.size;
  }

  push(userId: string, mail: Omit<Mail, 'number'>, bounds: MailboxBounds): Kept {
    const box = this.#boxes.get(userId) ?? { mails: [], bytes: 0 };
    const numbered: Mail = { ...mail, number: this.#numbers.next() };
    box.mails.push(numbered);
    this.#add(box, numbered.size);
    let dropped = 0;
    while (
      box.mails.length > bounds.maxMessages ||
      (box.bytes > bounds.maxBytes && box.mails.length > 1)
    ) {
      this.#add(box, -(box.mails.shift()?.size ?? 0));
      dropped++;
    }
    this.#boxes.delete(userId);
    this.#boxes.set(userId, box);
    const lost = this.#makeRoom();
    for (const { messages } of lost) dropped += messages;
    this.#sweeper ??= setInterval(() => this.sweep(), SWEEP_INTERVAL).unref();
    return { mail: numbered, dropped, lost };
  }

  list(userId: string): readonly Mail[] {
    this.#expire(userId);
    return [...(this.#boxes.get(userId)?.mails ?? [])];
  }

  remove(userId: string, numbers: readonly number[]): boolean {
    const box = this.#boxes.get(userId);
    if (box === undefined) return numbers.length === 0;
    const gone = new Set(numbers);
    const kept = box.mails.filter(({ number }) => !gone.has(number));
    if (kept.length !== box.mails.length - gone.size) return false;
    this.#replace(userId, box, kept);
    return true;
  }

  clear(userId: string): void {
    const box = this.#boxes.get(userId);
    if (box !== undefined) this.#replace(userId, box, []);
  }

  close(): void {
    for (const userId of this.#boxes.keys()) this.clear(userId);
    this.#stop();
  }

  /** Drops what has expired, of users who do not come either. */
  sweep(): void {
    for (const userId of this.#boxes.keys()) this.#expire(userId);
  }

  #expire(userId: string): void {
    const box = this.#boxes.get(userId);
    if (box === undefined) return;
    const time = this.#now();
    const kept = box.mails.filter(({ expiresAt }) => expiresAt > time);
    if (kept.length < box.mails.length) this.#replace(userId, box, kept);
  }

  #replace(userId: string, box: Box, mails: Mail[]): void {
    const bytes = mails.reduce((sum, { size }) => sum + size, 0);
    this.#add(box, bytes - box.bytes);
    box.mails = mails;
    if (mails.length > 0) return;
    this.#boxes.delete(userId);
    if (this.#boxes.size === 0) this.#stop();
  }

  #makeRoom(): LostMail[] {
    const lost: LostMail[] = [];
    for (const [userId, box] of this.#boxes) {
      const full = this.#boxes.size > this.#limit || this.#bytes > this.#maxBytes;
      if (!full || this.#boxes.size === 1) break;
      lost.push({ userId, messages: box.mails.length });
      this.clear(userId);
    }
    return lost;
  }

  #add(box: Box, bytes: number): void {
    box.bytes += bytes;
    this.#bytes += bytes;
  }

  #stop(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}
