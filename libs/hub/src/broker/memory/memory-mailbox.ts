import type { BrokerMailbox, MailboxBounds, MailEntry, NumberedMail } from '../broker-mailbox.js';
import type { MemoryConnection } from './memory-connection.js';

/** The mail of a server in this process, as one node sees it. */
export class MemoryMailbox implements BrokerMailbox {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  push(
    userId: string,
    mail: MailEntry,
    bounds: MailboxBounds,
  ): Promise<{ readonly number: number; readonly dropped: number }> {
    return this.#connection.ask((server) => {
      server.checkLength(mail.body);
      return server.mailboxes.push(userId, { ...mail, body: new Uint8Array(mail.body) }, bounds);
    });
  }

  list(userId: string): Promise<readonly NumberedMail[]> {
    return this.#connection.ask(({ mailboxes }) => mailboxes.list(userId));
  }

  remove(userId: string, numbers: readonly number[]): Promise<boolean> {
    return this.#connection.ask(({ mailboxes }) => mailboxes.remove(userId, numbers));
  }

  clear(userId: string): Promise<void> {
    return this.#connection.ask(({ mailboxes }) => mailboxes.clear(userId));
  }
}
