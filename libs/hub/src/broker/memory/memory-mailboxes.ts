import type { Clock } from '../../support/clock.js';
import type { MailboxBounds, MailEntry, NumberedMail } from '../broker-mailbox.js';
import { BrokerUnavailable } from '../broker-unavailable.js';
import { MailNumbers } from '../mail-numbers.js';

/** Bytes of all mail together; beyond that none is taken, so that none of others is lost in silence. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What mail costs beside its bytes: a flood of tiny mails is bounded as well. */
const MAIL_OVERHEAD = 128;

/** What waits for all users. */
export class MemoryMailboxes {
  readonly #clock: Clock;
  /** Lists are replaced, never changed: they are handed out. */
  readonly #boxes = new Map<string, readonly NumberedMail[]>();
  // One count for all users: a box without mail costs nothing.
  readonly #numbers: MailNumbers;
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#numbers = new MailNumbers(() => clock.now());
  }

  /**
   * @param mail its body is kept as it is: must not change afterwards
   * @throws {BrokerUnavailable} when there is no room for more
   */
  push(
    userId: string,
    mail: MailEntry,
    bounds: MailboxBounds,
  ): { readonly number: number; readonly dropped: number } {
    if (this.#bytes > MAX_BYTES) this.sweep();
    if (this.#bytes > MAX_BYTES) {
      throw new BrokerUnavailable(
        `Cannot keep mail: at most ${MAX_BYTES} bytes are kept of all users, current value is ${this.#bytes}`,
      );
    }
    const number = this.#numbers.next();
    const { body, expiresAt, size } = mail;
    const kept = this.list(userId);
    const mails = [...kept, { body, expiresAt, size, number }];
    let bytes = sizeOf(mails);
    let dropped = 0;
    while (
      mails.length - dropped > bounds.maxMessages ||
      (bytes > bounds.maxBytes && dropped < mails.length - 1)
    ) {
      bytes -= mails[dropped++]?.size ?? 0;
    }
    this.#replace(userId, mails.slice(dropped));
    return { number, dropped };
  }

  /** What has not expired, oldest first. */
  list(userId: string): readonly NumberedMail[] {
    const mails = this.#boxes.get(userId) ?? [];
    const time = this.#clock.now();
    if (mails.every(({ expiresAt }) => expiresAt > time)) return mails;
    const live = mails.filter(({ expiresAt }) => expiresAt > time);
    this.#replace(userId, live);
    return live;
  }

  /** @returns whether all were there; none is taken out otherwise */
  remove(userId: string, numbers: readonly number[]): boolean {
    const mails = this.list(userId);
    const gone = new Set(numbers);
    const kept = mails.filter(({ number }) => !gone.has(number));
    if (kept.length !== mails.length - gone.size) return false;
    if (gone.size > 0) this.#replace(userId, kept);
    return true;
  }

  clear(userId: string): void {
    this.#replace(userId, []);
  }

  /** Drops what has expired, of users who do not come either. */
  sweep(): void {
    for (const userId of this.#boxes.keys()) this.list(userId);
  }

  #replace(userId: string, mails: readonly NumberedMail[]): void {
    this.#bytes += costOf(mails) - costOf(this.#boxes.get(userId) ?? []);
    if (mails.length === 0) this.#boxes.delete(userId);
    else this.#boxes.set(userId, mails);
  }
}

function sizeOf(mails: readonly NumberedMail[]): number {
  return mails.reduce((sum, { size }) => sum + size, 0);
}

function costOf(mails: readonly NumberedMail[]): number {
  return mails.reduce((sum, { body }) => sum + body.length + MAIL_OVERHEAD, 0);
}
