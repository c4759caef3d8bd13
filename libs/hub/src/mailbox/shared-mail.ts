import type { Connection } from '../connection/connection.js';
import type { BroadcastMessage } from '../rooms/broadcast-message.js';
import type { Mail, MailboxStore } from './mailbox-store.js';

/** What a mailbox does with mail of other nodes. */
export interface MailReceiver {
  /** Mail was kept on another node. */
  kept(userId: string, mail: Mail): void;
  /** There may be mail of a user that no news has come of. */
  look(userId: string): void;
}

/** What makes the mail of all nodes one. */
export interface SharedMail {
  readonly store: MailboxStore;
  /** One receiver. */
  on(receiver: MailReceiver): void;
  /** Mail was handed over here: best effort to the user's connections of other nodes. */
  forward(userId: string, message: BroadcastMessage, event: string): void;
  /** The store is asked for a connection that has come. */
  arrived(connection: Connection): void;
  /** Whether news of mail may be of some that was over when the connection came: the store knows. */
  mayBeOver(connection: Connection, mail: Mail): boolean;
  /** Stops looking. */
  close(): void;
}
