import {
  messageTooLong,
  type BrokerMailbox,
  type MailboxBounds,
  type MailEntry,
  type NumberedMail,
} from '#hub';
import { refused } from '../client/reply-error.js';
import type { Names } from '../names/names.js';
import { asBuffer } from '../session/publish.js';
import type { CurrentSession } from '../session/current-session.js';
import { LIST, PUSH, REMOVE } from './mail-scripts.js';

/** Milliseconds by which the server's clock may seem to differ only because of the way there. */
const MAX_WAY = 2_000;
/** Numbers of one acknowledgement: the script looks at each. */
const MAX_NUMBERS = 10_000;

/** Mail in Redis: of a user the stream `{u:user}:mail`, whose ids are the numbers. */
export class RedisMailbox implements BrokerMailbox {
  readonly scripts = [PUSH, LIST, REMOVE];
  readonly #names: Names;
  readonly #current: CurrentSession;
  readonly #maxMessage: number;

  constructor(names: Names, current: CurrentSession, maxMessage: number) {
    this.#names = names;
    this.#current = current;
    this.#maxMessage = maxMessage;
  }

  async push(
    userId: string,
    { body, expiresAt, size }: MailEntry,
    { maxMessages, maxBytes }: MailboxBounds,
  ): Promise<{ readonly number: number; readonly dropped: number }> {
    if (body.length > this.#maxMessage) throw messageTooLong(body.length, this.#maxMessage);
    const session = this.#current.get();
    const args = [
      // The caller may use its bytes again before they are written.
      Buffer.from(body),
      String(Math.ceil(expiresAt)),
      String(Date.now()),
      String(size),
      String(maxMessages),
      String(maxBytes),
    ];
    const reply = await this.#try('keep mail', userId, () =>
      session.run(PUSH, this.#names.mail(userId), args),
    );
    const [number, dropped] = Array.isArray(reply) ? reply : [];
    return { number: Number(String(number)), dropped: Number(String(dropped)) };
  }

  async list(userId: string): Promise<readonly NumberedMail[]> {
    const session = this.#current.get();
    const reply = await this.#try('list mail', userId, () =>
      session.run(LIST, this.#names.mail(userId), []),
    );
    const [time, entries]: unknown[] = Array.isArray(reply) ? reply : [];
    const now = Number(String(time));
    const skew = Date.now() - now;
    const mails = Array.isArray(entries) ? entries.map(readMail) : [];
    const live = mails
      .filter((mail) => mail !== undefined)
      .filter(({ expiresAt }) => expiresAt > now);
    // Callers look at their own clock.
    return live.map((mail) => shifted(mail, skew));
  }

  async remove(userId: string, numbers: readonly number[]): Promise<boolean> {
    const session = this.#current.get();
    const all = new Set(numbers);
    if (all.size === 0) return true;
    if (all.size > MAX_NUMBERS) return false;
    // What is no number of ours is not there.
    for (const number of all) if (!Number.isSafeInteger(number) || number < 1) return false;
    const reply = await this.#try('remove mail', userId, () =>
      session.run(REMOVE, this.#names.mail(userId), [...all].map(String)),
    );
    return Number(reply) === 1;
  }

  async clear(userId: string): Promise<void> {
    const session = this.#current.get();
    const [key, bytes] = this.#names.mail(userId);
    // Not the key itself: the stream knows its last number.
    await this.#try('clear mail', userId, () =>
      Promise.all([
        session.command(['XTRIM', key, 'MAXLEN', '0']),
        session.command(['DEL', bytes]),
      ]),
    );
  }

  async #try<Value>(what: string, userId: string, attempt: () => Promise<Value>): Promise<Value> {
    try {
      return await attempt();
    } catch (error) {
      throw refused(`${what} under key ${this.#names.mail(userId)[0]}`, error, this.#names.rights);
    }
  }
}

/** An entry is `[id, ['b', body, 'e', expiresAt, 's', size]]`; undefined for what is none of ours. */
function readMail(entry: unknown): NumberedMail | undefined {
  const [id, fields]: unknown[] = Array.isArray(entry) ? entry : [];
  if (!Array.isArray(fields) || fields.length !== 6) return undefined;
  const [, body, , expiresAt, , size]: unknown[] = fields;
  const mail = {
    number: Number.parseInt(String(id), 10),
    expiresAt: Number(String(expiresAt)),
    size: Number(String(size)),
  };
  if (!Buffer.isBuffer(body) || !Object.values(mail).every(Number.isSafeInteger)) return undefined;
  return { ...mail, body: asBuffer(body) };
}

function shifted(mail: NumberedMail, skew: number): NumberedMail {
  return Math.abs(skew) <= MAX_WAY ? mail : { ...mail, expiresAt: mail.expiresAt + skew };
}
