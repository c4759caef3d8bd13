import type { SendResult } from '#engine';
import type { Connection } from '../connection/connection.js';
import type { Mail } from './mailbox-store.js';

/** Mail that knows by itself how it is sent. */
export interface MailForm {
  /** @throws {EncodeError} when the codec of the connection cannot carry it. */
  send(connection: Connection): SendResult;
  /** The connection has got it before it had a number. */
  taken(connection: Connection): void;
}

const forms = new WeakMap<Mail, MailForm>();

/** A store has mail encoded already. */
export function withForm<Kind extends Mail>(mail: Kind, form: MailForm): Kind {
  forms.set(mail, form);
  return mail;
}

export function formOf(mail: Mail): MailForm | undefined {
  return forms.get(mail);
}
