import { DEFAULT_LIMITS } from '#engine';
import type { Connection } from '../connection/connection.js';
import { MailPump } from './mail-pump.js';
import type { Mail, MailboxStore } from './mailbox-store.js';
import { sendMail } from './send-mail.js';

/** Bytes that may wait for a connection before the next mail does, too. */
const PACE = DEFAULT_LIMITS.sendSoftMark;

/** Hands over what waits for a user who has come, in order and as fast as each client reads. */
export class MailDelivery {
  readonly #store: MailboxStore;
  readonly #maxMessages: number;
  readonly #report: (error: unknown) => void;
  /** Users whose mail is handed over or kept: newer mail queues behind it. */
  readonly #pumps = new Map<string, MailPump>();
  /** Mail that connections were handed, each of them counted. */
  delivered = 0;

  /** @param maxMessages how many the store keeps of one user */
  constructor(store: MailboxStore, maxMessages: number, report: (error: unknown) => void) {
    this.#store = store;
    this.#maxMessages = maxMessages;
    this.#report = report;
  }

  /** What goes on for a user; undefined when nothing is handed over or kept. */
  of(userId: string): MailPump | undefined {
    return this.#pumps.get(userId);
  }

  /**
   * The store was given mail: whoever is served, or comes while it is kept, gets it in its place.
   * @param taken whether others have got it already
   */
  follow(userId: string, kept: ReturnType<MailboxStore['push']>, taken: boolean): void {
    const waits = kept instanceof Promise;
    const pump = waits ? this.#pumpOf(userId) : this.#pumps.get(userId);
    pump?.follow(kept, taken);
    if (waits) void pump?.settled()?.then(() => this.#dropIdle(userId));
  }

  /**
   * A connection of the user is open and listens.
   * @param after the number of the last mail that it has already
   * @returns a Promise only when there is something to wait for; it never rejects
   */
  arrived(connection: Connection, after = 0): Promise<void> | undefined {
    try {
      return this.#arrived(connection, after);
    } catch (error) {
      // A store that fails keeps the mail, and nobody out.
      this.#report(error);
      return undefined;
    }
  }

  #arrived(connection: Connection, after: number): Promise<void> | undefined {
    const { userId } = connection;
    if (userId === undefined) return undefined;
    if (this.#pumps.has(userId)) return this.#serve(userId, connection, after);
    const mails = this.#store.list(userId);
    if (mails instanceof Promise) {
      const told = this.#serve(userId, connection, after);
      // Whoever is served is told of a failure.
      this.#pumps
        .get(userId)
        ?.list(connection, () => mails)
        .catch(() => undefined);
      return told;
    }
    // All of it at once, unless the client reads too slowly or the store has to be waited for.
    let last = after;
    for (const mail of mails) {
      if (mail.number <= last) continue;
      if (connection.bufferedAmount >= PACE) return this.#serve(userId, connection, last);
      if (!this.#give(connection, mail)) return undefined;
      last = mail.number;
      if (!mail.acknowledged) void this.#remove(userId, mail.number);
    }
    return undefined;
  }

  #serve(userId: string, connection: Connection, after: number): Promise<void> {
    const pump = this.#pumpOf(userId);
    const underWay = pump.served(connection);
    if (underWay !== undefined) return underWay;
    const told = new Promise<void>((resolve) => {
      void this.#pump(userId, pump, connection, resolve).catch(this.#report).then(resolve);
    });
    pump.join(connection, after, told);
    return told;
  }

  /**
   * Hands over everything to one connection, as fast as it reads, until nothing is left.
   * @param caughtUp told when it has got what there was when it came: mail goes on being kept, and what
   *   the client says does not wait for that
   */
  async #pump(
    userId: string,
    pump: MailPump,
    connection: Connection,
    caughtUp: () => void,
  ): Promise<void> {
    try {
      let wait = await pump.inTurn(() => this.#hand(userId, pump, connection, false));
      for (let rounds = 0; wait !== undefined;) {
        // The others go on meanwhile.
        await wait.until;
        if (wait.isNew && ++rounds > 1) caughtUp();
        wait = await pump.inTurn(() => this.#hand(userId, pump, connection, true));
      }
    } finally {
      pump.leave(connection);
      this.#dropIdle(userId);
    }
  }

  /**
   * @param waited whether it was waited for: it takes mail then, or is gone
   * @returns what to wait for until it goes on; undefined when the connection gets nothing more
   */
  async #hand(
    userId: string,
    pump: MailPump,
    connection: Connection,
    waited: boolean,
  ): Promise<MailWait | undefined> {
    let rested = waited;
    // Reported already, by the connection for which it was asked.
    if (pump.failed(connection)) return undefined;
    const mails = await pump.list(connection, () => this.#store.list(userId));
    for (const mail of mails) {
      if (!pump.owes(connection, mail)) continue;
      if (!rested && connection.bufferedAmount >= PACE)
        return { until: connection.drained(), isNew: false };
      rested = false;
      // It may have signed out meanwhile: what is left is none of its business.
      if (connection.userId !== userId || !this.#give(connection, mail)) return undefined;
      await pump.given(connection, mail);
    }
    // Mail that is being kept for it comes before what is live, too.
    if (!pump.current || pump.settled() !== undefined) {
      return { until: Promise.resolve(pump.settled()), isNew: true };
    }
    // In the same moment in which nothing more was found: what comes now is live.
    pump.leave(connection);
    return undefined;
  }

  /** @returns whether the mail is done with; false when the connection takes nothing more. */
  #give(connection: Connection, mail: Mail): boolean {
    try {
      const given = sendMail(connection, mail);
      if (given) this.delivered++;
      return given;
    } catch (error) {
      // The codec of this client cannot carry it: it must not stand in the way of all that follows.
      this.#report(error);
      return true;
    }
  }

  #pumpOf(userId: string): MailPump {
    const known = this.#pumps.get(userId);
    if (known !== undefined) return known;
    const pump = new MailPump(this.#maxMessages, (number) => this.#remove(userId, number));
    this.#pumps.set(userId, pump);
    return pump;
  }

  #dropIdle(userId: string): void {
    if (this.#pumps.get(userId)?.idle === true) this.#pumps.delete(userId);
  }

  /** Never rejects: what cannot be taken out comes again. @returns whether the store has answered */
  async #remove(userId: string, number: number): Promise<boolean> {
    try {
      await this.#store.remove(userId, [number]);
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }
}

/** What a connection waits for before it gets more. */
interface MailWait {
  readonly until: Promise<unknown>;
  /** Whether more was kept meanwhile; otherwise the client reads slowly. */
  readonly isNew: boolean;
}
