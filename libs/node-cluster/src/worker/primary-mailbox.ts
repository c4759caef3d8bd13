import type { BrokerMailbox, MailboxBounds, MailEntry, NumberedMail } from '#hub';
import { Request } from '../wire/frame-kind.js';
import { whole } from '../wire/values.js';
import type { PrimaryConnection } from './primary-connection.js';

/** The mail in the primary's memory, as one worker sees it. */
export class PrimaryMailbox implements BrokerMailbox {
  readonly #connection: PrimaryConnection;

  constructor(connection: PrimaryConnection) {
    this.#connection = connection;
  }

  async push(
    userId: string,
    { body, expiresAt, size }: MailEntry,
    { maxMessages, maxBytes }: MailboxBounds,
  ): Promise<{ readonly number: number; readonly dropped: number }> {
    const answer = await this.#connection.ask(Request.PushMail, (writer) =>
      writer
        .text(userId)
        .u64(whole(maxMessages))
        .u64(whole(maxBytes))
        .u64(whole(expiresAt))
        .u64(whole(size))
        .bytes(body),
    );
    return { number: answer.u64(), dropped: answer.u32() };
  }

  async list(userId: string): Promise<readonly NumberedMail[]> {
    const answer = await this.#connection.ask(Request.ListMail, (writer) => writer.text(userId));
    const mails: NumberedMail[] = [];
    for (let left = answer.u32(); left > 0; left--) {
      const [number, expiresAt, size] = [answer.u64(), answer.u64(), answer.u64()];
      mails.push({ number, expiresAt, size, body: answer.bytes() });
    }
    return mails;
  }

  async remove(userId: string, numbers: readonly number[]): Promise<boolean> {
    const answer = await this.#connection.ask(Request.RemoveMail, (writer) => {
      writer.text(userId).u16(numbers.length);
      for (const number of numbers) writer.u64(whole(number));
    });
    return answer.u8() === 1;
  }

  async clear(userId: string): Promise<void> {
    await this.#connection.ask(Request.ClearMail, (writer) => writer.text(userId));
  }
}
