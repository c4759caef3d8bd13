import type { Connection } from '../connection/connection.js';
import type { Mail, MailboxStore } from './mailbox-store.js';

/** Where the serving of a connection begins. */
export interface PumpStart {
  /** The number of the last mail it has. */
  readonly after: number;
  /** What the store has been asked for already. */
  readonly listed?: ReturnType<MailboxStore['list']>;
}

/** What goes on while mail of one user is handed over and that takes time. */
export class MailPump {
  /** Those that are being served or wait for it. */
  readonly connections = new Set<Connection>();
  /** Settles when the last of them has been served. */
  tail: Promise<void> = Promise.resolve();
  /** Mail was kept since the store was last asked. */
  more = false;

  /** Numbers of mail that came meanwhile, for all of them; and whether somebody has got it. */
  readonly #live = new Map<number, boolean>();
  /** Mail that the store has been given for them. */
  readonly #keeping = new Set<Promise<void>>();

  /**
   * Mail is kept for those who have older mail to get first.
   * @param taken whether others have got it already
   */
  follow(kept: ReturnType<MailboxStore['push']>, taken: boolean): void {
    const known = ({ mail }: Awaited<typeof kept>): void => {
      const { acknowledged, number } = mail;
      if (!acknowledged) this.#live.set(number, taken || this.#live.get(number) === true);
      this.more = true;
    };
    if (!(kept instanceof Promise)) {
      known(kept);
      return;
    }
    const keeping = kept.then(known, () => {}).finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  /** Waits for what is being kept, until there is more to hand over. */
  async settled(): Promise<void> {
    while (!this.more && this.#keeping.size > 0) await Promise.all(this.#keeping);
  }

  /** Somebody has got mail without acknowledgement. @returns whether others have still to get it */
  staysFor(number: number): boolean {
    // A store may list mail before it has said that it is kept.
    const stays = this.#keeping.size > 0 || this.#live.has(number);
    if (stays) this.#live.set(number, true);
    return stays;
  }

  /** Numbers of the mail that came meanwhile and that somebody has got. */
  *taken(): Iterable<number> {
    for (const [number, isTaken] of this.#live) if (isTaken) yield number;
  }

  /** Lets go of live mail that is older than the oldest in the store: it has made room for newer one. */
  forget([oldest]: readonly Mail[]): void {
    for (const number of this.#live.keys()) {
      if (oldest === undefined || number >= oldest.number) return;
      this.#live.delete(number);
    }
  }
}
