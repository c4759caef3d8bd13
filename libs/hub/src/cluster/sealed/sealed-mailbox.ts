import type {
  BrokerMailbox,
  MailboxBounds,
  MailEntry,
  NumberedMail,
} from '../../broker/broker-mailbox.js';
import type { StoreSeal } from './store-seal.js';

/** Mail whose bodies are signed. */
export class SealedMailbox implements BrokerMailbox {
  readonly #box: BrokerMailbox;
  readonly #seal: StoreSeal;

  constructor(box: BrokerMailbox, seal: StoreSeal) {
    this.#box = box;
    this.#seal = seal;
  }

  push(
    userId: string,
    mail: MailEntry,
    bounds: MailboxBounds,
  ): Promise<{ readonly number: number; readonly dropped: number }> {
    return this.#box.push(userId, { ...mail, body: this.#seal.close(userId, mail.body) }, bounds);
  }

  /** What nobody with the secret has written is left out: it goes with its time. */
  async list(userId: string): Promise<readonly NumberedMail[]> {
    const mails = await this.#box.list(userId);
    return mails.flatMap((mail) => {
      const body = this.#seal.open(userId, mail.body);
      return body === undefined ? [] : [{ ...mail, body }];
    });
  }

  remove(userId: string, numbers: readonly number[]): Promise<boolean> {
    return this.#box.remove(userId, numbers);
  }

  clear(userId: string): Promise<void> {
    return this.#box.clear(userId);
  }
}
