import {
  BrokerUnavailable,
  messageTooLong,
  type BrokerMailbox,
  type MailboxBounds,
  type MailEntry,
  type NumberedMail,
} from '#hub';
import type { Subjects } from '../names/subjects.js';
import { StreamRefused } from '../session/ack-publisher.js';
import type { SessionHolder } from '../session/session-holder.js';
import { foreignMessage, unavailable } from '../session/unavailable.js';
import {
  EMPTY_INDEX,
  readIndex,
  writeIndex,
  type IndexedMail,
  type MailIndex,
} from './mail-index.js';

/** JetStream's code for a message that expected another one before it. */
const WRONG_LAST = 10_071;
const MAX_TRIES = 64;
/** Numbers for each millisecond: two of them, with a lost server between, never meet. */
const NUMBERS_PER_MILLISECOND = 4_096;

/** What a change of an index comes to. */
interface Change<Value> {
  /** Undefined to leave it as it is. */
  readonly index?: MailIndex;
  readonly value: Value;
  /** Whose bodies nobody needs any more. */
  readonly gone?: readonly IndexedMail[];
}

/**
 * Mail in two streams: bodies, and for each user one index of what waits, which is changed by
 * compare-and-set. So several are taken out together or not at all, and of two nodes one wins.
 */
export class NatsMailbox implements BrokerMailbox {
  readonly #holder: SessionHolder;
  readonly #subjects: Subjects;

  constructor(holder: SessionHolder, subjects: Subjects) {
    this.#holder = holder;
    this.#subjects = subjects;
  }

  async push(
    userId: string,
    { body, expiresAt, size }: MailEntry,
    bounds: MailboxBounds,
  ): Promise<{ readonly number: number; readonly dropped: number }> {
    const { acks, nats, maxMessage } = this.#holder.session;
    if (body.length > maxMessage) throw messageTooLong(body.length, maxMessage);
    const headers = nats.transport.headers();
    const kept = acks.publish(this.#subjects.mailBody(userId), Uint8Array.from(body), headers);
    const { seq } = await kept.catch((error: unknown) => {
      throw unavailable(error);
    });
    return this.#change(userId, ({ last, mails }) => {
      const number = Math.max(last + 1, Date.now() * NUMBERS_PER_MILLISECOND);
      const mail = { number, expiresAt: wholeTime(expiresAt), size, seq };
      const { kept: left, dropped } = trim([...mails, mail], bounds);
      return {
        index: { last: number, mails: left },
        value: { number, dropped: dropped.length },
        gone: dropped,
      };
    });
  }

  async list(userId: string): Promise<readonly NumberedMail[]> {
    const { index } = await this.#read(userId);
    const { manager } = this.#holder.streams;
    const stream = this.#subjects.stream('MAIL');
    const found = await Promise.all(
      live(index.mails).map(async ({ number, expiresAt, size, seq }) => {
        const message = await manager.direct.getMessage(stream, { seq }).catch((error: unknown) => {
          throw unavailable(error);
        });
        return message === null
          ? undefined
          : { number, expiresAt, size, body: Uint8Array.from(message.data) };
      }),
    );
    return found.filter((mail) => mail !== undefined);
  }

  remove(userId: string, numbers: readonly number[]): Promise<boolean> {
    const meant = new Set(numbers);
    return this.#change(userId, ({ last, mails }): Change<boolean> => {
      const gone = live(mails).filter(({ number }) => meant.has(number));
      if (gone.length !== meant.size) return { value: false };
      if (gone.length === 0) return { value: true };
      const left = mails.filter(({ number }) => !meant.has(number));
      return { index: { last, mails: left }, value: true, gone };
    });
  }

  async clear(userId: string): Promise<void> {
    await this.#change(userId, cleared, () => UNREADABLE);
  }

  async #change<Value>(
    userId: string,
    change: (index: MailIndex) => Change<Value>,
    replacement = foreignIndex,
  ): Promise<Value> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { index, seq } = await this.#read(userId, replacement);
      const expired = index.mails.filter((mail) => !live(index.mails).includes(mail));
      const { index: next, value, gone = [] } = change({ ...index, mails: live(index.mails) });
      if (next === undefined) return value;
      if (await this.#write(userId, next, seq)) {
        this.#discard([...gone, ...expired]);
        return value;
      }
    }
    throw new BrokerUnavailable('Cannot change mailbox: too many others change it');
  }

  async #read(
    userId: string,
    replacement = foreignIndex,
  ): Promise<{ readonly index: MailIndex; readonly seq: number }> {
    try {
      const subject = this.#subjects.mailIndex(userId);
      const found = await this.#holder.streams.manager.direct.getMessage(
        this.#subjects.stream('MAILBOX'),
        { last_by_subj: subject },
      );
      if (found === null) return { index: EMPTY_INDEX, seq: 0 };
      return { index: readIndex(found.data) ?? replacement(subject, found.seq), seq: found.seq };
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** @returns false when another has changed it meanwhile */
  async #write(userId: string, index: MailIndex, behind: number): Promise<boolean> {
    const { acks, nats } = this.#holder.session;
    const headers = nats.transport.headers();
    headers.set('Nats-Expected-Last-Subject-Sequence', String(behind));
    try {
      await acks.publish(this.#subjects.mailIndex(userId), writeIndex(index), headers);
      return true;
    } catch (error) {
      if (error instanceof StreamRefused && error.code === WRONG_LAST) return false;
      throw unavailable(error);
    }
  }

  /** Bodies without an index entry are nobody's; those that stay for a failure go with their age. */
  #discard(mails: readonly IndexedMail[]): void {
    const { manager } = this.#holder.streams;
    for (const { seq } of mails) {
      manager.streams
        .deleteMessage(this.#subjects.stream('MAIL'), seq, false)
        .catch(() => undefined);
    }
  }
}

/** What stands for an index that cannot be read, where it is to be replaced. */
const UNREADABLE: MailIndex = { last: -1, mails: [] };

/** Not replaced otherwise: it may be of a newer version, whose nodes deliver what it lists. */
function foreignIndex(subject: string, seq: number): MailIndex {
  throw foreignMessage(subject, seq);
}

function cleared({ last, mails }: MailIndex): Change<void> {
  if (mails.length === 0 && last >= 0) return { value: undefined };
  return { index: { last: Math.max(last, 0), mails: [] }, value: undefined, gone: mails };
}

function live(mails: readonly IndexedMail[]): readonly IndexedMail[] {
  const now = Date.now();
  return mails.filter(({ expiresAt }) => expiresAt > now);
}

/** The newest stays, whatever its size. */
function trim(
  mails: readonly IndexedMail[],
  { maxMessages, maxBytes }: MailboxBounds,
): { kept: readonly IndexedMail[]; dropped: readonly IndexedMail[] } {
  let bytes = mails.reduce((sum, { size }) => sum + size, 0);
  let drop = 0;
  while (mails.length - drop > maxMessages || (bytes > maxBytes && mails.length - drop > 1)) {
    bytes -= mails[drop++]?.size ?? 0;
  }
  return { kept: mails.slice(drop), dropped: mails.slice(0, drop) };
}

function wholeTime(time: number): number {
  return Math.min(Math.floor(time), Number.MAX_SAFE_INTEGER);
}
