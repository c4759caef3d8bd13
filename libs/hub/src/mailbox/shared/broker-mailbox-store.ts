import { SendResult, type SendPolicy } from '#engine';
import type { BrokerMailbox, MailboxBounds, NumberedMail } from '../../broker/broker-mailbox.js';
import { reachable } from '../../broker/reachable.js';
import { EncodedMessage } from '../../rooms/encoded-message.js';
import { encodeParts } from '../../rooms/encode-parts.js';
import { once } from '../../support/once.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import { withForm, type MailForm } from '../mail-form.js';
import type { Kept, Mail, MailboxStore } from '../mailbox-store.js';
import { HandedMail } from './handed-mail.js';
import { packMail, unpackMail } from './mail-format.js';
import type { MailNews } from './mail-news.js';
import { kCore } from '../../connection/connection-core.js';

// What was kept must not get lost at the last step: at the limit the connection closes, and gets it again.
const NEVER_DROP: { readonly policy: SendPolicy } = Object.freeze({ policy: 'close' });

/** Mail that is the same on every node. */
export class BrokerMailboxStore implements MailboxStore {
  readonly #box: BrokerMailbox;
  readonly #codecs: KnownCodecs;
  readonly #news: MailNews | undefined;
  readonly #report: (error: unknown) => void;
  readonly #unreadable: (userId: string) => void;
  readonly #handed = new HandedMail();

  /**
   * @param news told of what is kept here
   * @param unreadable told of mail of another version, or of a stranger
   */
  constructor(
    box: BrokerMailbox,
    codecs: KnownCodecs,
    news: MailNews | undefined,
    report: (error: unknown) => void,
    unreadable: (userId: string) => void = () => {},
  ) {
    this.#box = box;
    this.#codecs = codecs;
    this.#news = news;
    this.#report = report;
    this.#unreadable = unreadable;
  }

  async push(userId: string, mail: Omit<Mail, 'number'>, bounds: MailboxBounds): Promise<Kept> {
    const { event, data, acknowledged, expiresAt, size } = mail;
    const { parts } = encodeParts({ event, data }, this.#codecs, this.#report);
    const entry = { body: packMail({ event, acknowledged, parts }), expiresAt, size };
    const kept = await reachable('send mail', () => this.#box.push(userId, entry, bounds));
    const { number, dropped } = kept;
    this.#news?.kept(userId, { ...entry, number });
    const message = this.#message(event, parts, acknowledged, number);
    const numbered: Mail = { ...mail, number };
    return { mail: withForm(numbered, this.#form(userId, numbered, message)), dropped };
  }

  async list(userId: string): Promise<readonly Mail[]> {
    const mails = await reachable('read mail', () => this.#box.list(userId));
    return mails.flatMap((one) => this.read(userId, one) ?? []);
  }

  async remove(userId: string, numbers: readonly number[]): Promise<boolean> {
    const removed = await reachable('take mail out', () => this.#box.remove(userId, numbers));
    if (removed) this.#handed.removed(userId, numbers);
    return removed;
  }

  clear(userId: string): Promise<void> {
    return reachable('clear mail', () => this.#box.clear(userId));
  }

  /** The broker closes it. */
  close(): void {}

  /** @returns undefined, and says so, for what another version wrote, or a stranger */
  read(userId: string, { number, body, expiresAt, size }: NumberedMail): Mail | undefined {
    const packed = unpackMail(body);
    if (packed?.parts.some(({ codec }) => this.#codecs.get(codec) !== undefined) !== true) {
      this.#unreadable(userId);
      return undefined;
    }
    const { event, acknowledged, parts } = packed;
    const message = this.#message(event, parts, acknowledged, number);
    const data = once(() => message.data());
    const mail: Mail = {
      number,
      event,
      acknowledged,
      expiresAt,
      size,
      get data() {
        return data();
      },
    };
    return withForm(mail, this.#form(userId, mail, message));
  }

  #message(
    event: string,
    parts: ConstructorParameters<typeof EncodedMessage>[1],
    acknowledged: boolean,
    number: number,
  ): EncodedMessage {
    const place = acknowledged ? { place: { mail: number } } : {};
    return new EncodedMessage(event, parts, this.#codecs, place);
  }

  #form(userId: string, { event, number }: Mail, message: EncodedMessage): MailForm {
    return {
      send: (connection) => {
        if (!this.#handed.owed(connection, userId, number)) return SendResult.Sent;
        const prepared = message.for(connection[kCore].codec);
        const result = connection[kCore].sendPrepared(prepared, event, NEVER_DROP);
        if (result === SendResult.Sent || result === SendResult.Queued) {
          this.#handed.add(connection, userId, number);
        }
        return result;
      },
      taken: (connection) => this.#handed.add(connection, userId, number),
    };
  }
}
