import type { Connection } from '../connection/connection.js';
import { attempt, type MaybePromise } from '../support/maybe-promise.js';
import type { Mail, MailboxStore } from './mailbox-store.js';

/** What one connection has got of the mail that waited for it. */
interface Serving {
  /** How much mail had been sent when it came: what was sent since is for it, too. */
  readonly since: number;
  /** Its place among those who came: what the store was asked for before, it may have lost since. */
  readonly place: number;
  /** Settles when it has got everything; never rejects. */
  readonly served: Promise<void>;
  /** The number of the last mail it has. */
  last: number;
  /** Whether the store was asked for it in vain. */
  failed: boolean;
}

/** Mail that is sent while somebody is served, and that asks for no acknowledgement. */
interface Live {
  /** Its place among what was sent. */
  readonly sent: number;
  /** Whether somebody has got it. */
  taken: boolean;
}

/**
 * The mail of one user while it is handed over or kept. Each connection gets it at its own pace, from
 * one list for all of them.
 */
export class MailPump {
  readonly #maxMessages: number;
  readonly #remove: (number: number) => Promise<boolean>;
  readonly #servings = new Map<Connection, Serving>();
  readonly #live = new Map<number, Live>();
  /** Mail that the store is being given. */
  readonly #keeping = new Set<Promise<void>>();
  #sent = 0;
  #came = 0;

  /** What the store was asked for last; undefined when it has to be asked again. */
  #listing: Promise<readonly Mail[]> | undefined;
  /** How many had come when it was asked. */
  #asked = 0;
  /** What it said. */
  #listed: readonly Mail[] = [];
  /** Numbers that the store is taking out: it may list them still. */
  readonly #removing = new Set<number>();
  /** Numbers that are gone since the store was asked. */
  readonly #gone = new Set<number>();
  /** Settles when nobody is handing over. */
  #turns: Promise<unknown> = Promise.resolve();
  #turning = false;
  /** Whether the store answers when mail is taken out of it: waited for again and again it would hold everybody. */
  #removes = true;

  /**
   * @param maxMessages how many the store keeps of the user
   * @param remove takes mail that is done with out of the store, and says whether the store has answered;
   *   never rejects
   */
  constructor(maxMessages: number, remove: (number: number) => Promise<boolean>) {
    this.#maxMessages = maxMessages;
    this.#remove = remove;
  }

  /** Whether somebody is served. */
  get serving(): boolean {
    return this.#servings.size > 0;
  }

  /** Whether nobody is served, and nothing on its way to the store. */
  get idle(): boolean {
    return !this.serving && this.#keeping.size === 0;
  }

  /** Whether nothing was kept since the store was asked. */
  get current(): boolean {
    return this.#listing !== undefined;
  }

  /** Settles when a connection has got everything; undefined when it is not served. */
  served(connection: Connection): Promise<void> | undefined {
    return this.#servings.get(connection)?.served;
  }

  /** Whether the store has failed since the connection came: it need not be asked for each. */
  failed(connection: Connection): boolean {
    return this.#servings.get(connection)?.failed === true;
  }

  /** @param last the number of the last mail the connection has */
  join(connection: Connection, last: number, served: Promise<void>): void {
    const place = ++this.#came;
    this.#servings.set(connection, { since: this.#sent, place, served, last, failed: false });
  }

  /** A connection has got everything, or takes nothing more. */
  leave(connection: Connection): void {
    if (!this.#servings.delete(connection)) return;
    for (const [number, live] of this.#live) void this.#settle(number, live);
  }

  /** Hands over to one connection while no other gets anything: as far as it reads, all goes to one. */
  inTurn<Result>(handOver: () => Promise<Result>): Promise<Result> {
    const result = this.#turns.then(async () => {
      this.#turning = true;
      try {
        return await handOver();
      } finally {
        this.#turning = false;
      }
    });
    this.#turns = result.catch(() => undefined);
    return result;
  }

  /**
   * Mail is kept, for those who have older mail to get first or because nobody is there.
   * @param taken whether others have got it already
   */
  follow(kept: ReturnType<MailboxStore['push']>, taken: boolean): void {
    const sent = ++this.#sent;
    const known = ({ mail }: Awaited<typeof kept>): void => this.#kept(mail, { sent, taken });
    if (!(kept instanceof Promise)) {
      known(kept);
      return;
    }
    const keeping = kept.then(known, () => {}).finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  /** Waits for what the store is being given now; undefined when that is nothing. */
  settled(): Promise<unknown> | undefined {
    return this.#keeping.size === 0 ? undefined : Promise.all(this.#keeping);
  }

  /**
   * What waits for a connection. The store is asked when that was not known, or has changed, and again
   * for whoever came after it was asked: another process may have had mail acknowledged before.
   */
  list(connection: Connection, ask: () => MaybePromise<readonly Mail[]>): Promise<readonly Mail[]> {
    const place = this.#servings.get(connection)?.place ?? 0;
    if (place > this.#asked) this.#listing = undefined;
    return (this.#listing ??= this.#read(ask));
  }

  /** Whether a connection has still to get mail that was listed. */
  owes(connection: Connection, { number, acknowledged, expiresAt }: Mail): boolean {
    const serving = this.#servings.get(connection);
    if (serving === undefined || number <= serving.last || expiresAt <= Date.now()) return false;
    if (this.#gone.has(number) || this.#removing.has(number)) return false;
    const live = acknowledged ? undefined : this.#live.get(number);
    return live === undefined || !live.taken || serving.since < live.sent;
  }

  /** A connection has got mail. @returns a Promise when it is done with, until the store knows */
  given(connection: Connection, { number, acknowledged }: Mail): Promise<void> | undefined {
    const serving = this.#servings.get(connection);
    if (serving !== undefined) serving.last = number;
    // What asks for an acknowledgement waits on, and so does what others have still to get.
    if (acknowledged) return undefined;
    const live = this.#live.get(number);
    if (live !== undefined) live.taken = true;
    const done = live === undefined ? this.#takeOut(number) : this.#settle(number, live);
    return this.#removes ? done : undefined;
  }

  /** Mail is in the store no more. */
  forget(numbers: Iterable<number>): void {
    // Who asks the store from now on does not find it.
    if (this.#listing === undefined && !this.#turning) return;
    for (const number of numbers) this.#gone.add(number);
  }

  /** Nothing of what waited is in the store any more. */
  forgetAll(): void {
    this.forget(this.#listed.map(({ number }) => number));
  }

  async #read(ask: () => MaybePromise<readonly Mail[]>): Promise<readonly Mail[]> {
    this.#gone.clear();
    this.#asked = this.#came;
    try {
      const asked = attempt(ask);
      this.#listed = await asked;
      // A store may list mail before it has said that it is kept.
      await this.settled();
      return this.#listed;
    } catch (error) {
      this.#listing = undefined;
      for (const serving of this.#servings.values()) serving.failed = true;
      throw error;
    }
  }

  #kept({ number, acknowledged }: Mail, live: Live): void {
    this.#listing = undefined;
    if (acknowledged) return;
    this.#live.set(number, live);
    void this.#settle(number, live);
    // The store keeps no more than that: what is older has made room for newer one.
    for (const oldest of this.#live.keys()) {
      if (this.#live.size <= this.#maxMessages) break;
      this.#live.delete(oldest);
    }
  }

  /** Live mail that somebody has got is done with when nobody else has still to get it. */
  #settle(number: number, { sent, taken }: Live): Promise<void> | undefined {
    if (!taken) return undefined;
    for (const { since, last } of this.#servings.values()) {
      if (since < sent && last < number) return undefined;
    }
    this.#live.delete(number);
    return this.#takeOut(number);
  }

  async #takeOut(number: number): Promise<void> {
    this.#removing.add(number);
    this.#removes = await this.#remove(number);
    this.#removing.delete(number);
    this.forget([number]);
  }
}
