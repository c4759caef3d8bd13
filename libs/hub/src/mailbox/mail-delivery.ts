import { DEFAULT_LIMITS } from '#engine';
import type { Connection } from '../connection/connection.js';
import { attempt, type MaybePromise } from '../support/maybe-promise.js';
import { MailPump, type PumpStart } from './mail-pump.js';
import type { Mail, MailboxStore } from './mailbox-store.js';
import { sendMail } from './send-mail.js';

/** Bytes that may wait for a connection before the next mail does, too. */
const PACE = DEFAULT_LIMITS.sendSoftMark;

/** Hands over what waits for a user who has come, in order and as fast as each client reads. */
export class MailDelivery {
  readonly #store: MailboxStore;
  readonly #report: (error: unknown) => void;
  /** Users whose mail is being handed over: newer mail queues behind it. */
  readonly #pumps = new Map<string, MailPump>();
  /** Mail that connections were handed, each of them counted. */
  delivered = 0;

  constructor(store: MailboxStore, report: (error: unknown) => void) {
    this.#store = store;
    this.#report = report;
  }

  /** What goes on for a user; undefined when nothing is being handed over. */
  of(userId: string): MailPump | undefined {
    return this.#pumps.get(userId);
  }

  /**
   * A connection of the user is open and listens.
   * @returns a Promise only when there is something to wait for; it never rejects
   */
  arrived(connection: Connection): Promise<void> | undefined {
    try {
      return this.#arrived(connection);
    } catch (error) {
      // A store that fails keeps the mail, and nobody out.
      this.#report(error);
      return undefined;
    }
  }

  #arrived(connection: Connection): Promise<void> | undefined {
    const { userId } = connection;
    if (userId === undefined) return undefined;
    const pump = this.#pumps.get(userId);
    if (pump !== undefined) return this.#wait(userId, pump, connection);
    const mails = this.#store.list(userId);
    if (mails instanceof Promise) {
      return this.#wait(userId, new MailPump(), connection, { after: 0, listed: mails });
    }
    // All of it at once, unless the client reads too slowly or the store has to be waited for.
    let last = 0;
    for (const mail of mails) {
      if (connection.bufferedAmount >= PACE) {
        return this.#wait(userId, new MailPump(), connection, { after: last });
      }
      if (!this.#give(connection, mail)) return undefined;
      last = mail.number;
      const removed = this.#delivered(userId, mail);
      if (removed instanceof Promise) removed.catch(this.#report);
    }
    return undefined;
  }

  #wait(
    userId: string,
    pump: MailPump,
    connection: Connection,
    start: PumpStart = { after: 0 },
  ): Promise<void> {
    if (pump.connections.has(connection)) return pump.tail;
    this.#pumps.set(userId, pump);
    pump.connections.add(connection);
    const run = (): Promise<void> => this.#pump(userId, pump, connection, start);
    // One connection after another, so that each gets its mail in order.
    pump.tail = pump.tail.then(run).catch(this.#report);
    return pump.tail;
  }

  /** Hands everything after a number to one connection, as fast as it reads, until nothing is left. */
  async #pump(
    userId: string,
    pump: MailPump,
    connection: Connection,
    { after, listed }: PumpStart,
  ): Promise<void> {
    let last = after;
    let next = listed;
    try {
      do {
        // What was asked for earlier does not have what was kept since.
        if (next === undefined) pump.more = false;
        const mails = await (next ?? this.#store.list(userId));
        next = undefined;
        pump.forget(mails);
        for (const mail of mails) {
          if (mail.number <= last) continue;
          if (connection.bufferedAmount >= PACE) await connection.drained();
          // It may have signed out meanwhile: what is left is none of its business.
          if (connection.userId !== userId || !this.#give(connection, mail)) return;
          last = mail.number;
          await this.#delivered(userId, mail, pump);
        }
        // Mail that is being kept for it comes before what is live, too.
        await pump.settled();
      } while (pump.more);
    } finally {
      // In the same moment in which nothing more was found: what comes now is live.
      pump.connections.delete(connection);
      if (pump.connections.size === 0) {
        this.#pumps.delete(userId);
        this.#settle(userId, pump);
      }
    }
  }

  /** Live mail that somebody has got is done with, now that nobody else has still to get it. */
  #settle(userId: string, pump: MailPump): void {
    for (const number of pump.taken()) {
      attempt(() => this.#store.remove(userId, [number])).catch(this.#report);
    }
  }

  /** @returns whether the mail is done with; false when the connection takes nothing more. */
  #give(connection: Connection, mail: Mail): boolean {
    try {
      return sendMail(connection, mail);
    } catch (error) {
      // The codec of this client cannot carry it: it must not stand in the way of all that follows.
      this.#report(error);
      return true;
    }
  }

  /** What asks for an acknowledgement waits on, and so does what others have still to get. */
  #delivered(userId: string, mail: Mail, pump?: MailPump): MaybePromise<boolean> {
    this.delivered++;
    if (mail.acknowledged || pump?.staysFor(mail.number) === true) return true;
    return this.#store.remove(userId, [mail.number]);
  }
}
