import type { AnyContract, Contract, Given, MailData, MailName } from '#contract';
import type { Connection } from '../connection/connection.js';
import type { SomeConnection } from '../connection/plain-connection.js';
import type { ConnectionRegistry } from '../connection/connection-registry.js';
import { Phase } from '../connection/state/phase.js';
import { attempt } from '../support/maybe-promise.js';
import { usagePlace } from '../options/option-place.js';
import type { Resolved } from '../options/option-table.js';
import { EventMessage } from '../rooms/broadcast-message.js';
import { ErrorCode } from '../wire/error-code.js';
import { jsonCodec } from '../wire/json.codec.js';
import { WireError } from '../wire/wire-error.js';
import { checkUserId, readMailNumbers } from './mail-checks.js';
import { formOf } from './mail-form.js';
import { MailDelivery } from './mail-delivery.js';
import {
  MAILBOX_OPTIONS,
  readTtl,
  type MailboxOptions,
  type MailboxStats,
  type MailOptions,
  type MailResult,
} from './mailbox-options.js';
import type { MailboxBounds } from '../broker/broker-mailbox.js';
import type { Mail, MailboxStore } from './mailbox-store.js';
import { MemoryMailboxStore } from './memory-mailbox-store.js';
import type { SharedMail } from './shared-mail.js';
import { handed, sendMail } from './send-mail.js';
import { TimelyMailboxStore } from './timely-mailbox-store.js';
import { kCore } from '../connection/connection-core.js';
import { kArrived, kClose } from '../support/own-names.js';

/**
 * Messages to users, whether they are there or not. Whoever is there gets them on every connection;
 * for the others they wait, and are delivered in order on the next connect, after the connect hook
 * and before any later message.
 * @typeParam C what the path of the users speaks; default: anything
 */
export class Mailbox<C extends Contract = AnyContract> {
  readonly #registry: ConnectionRegistry;
  readonly #store: MailboxStore;
  readonly #bounds: MailboxBounds;
  readonly #options: Resolved<typeof MAILBOX_OPTIONS>;
  readonly #report: (error: unknown) => void;
  readonly #shared: SharedMail | undefined;
  readonly #delivery: MailDelivery;
  readonly #stats = { queued: 0, acknowledged: 0, dropped: 0 };

  /**
   * @param shared makes it one with the mailboxes of other nodes; default: it is for this process
   * @throws {UsageError} for a bound that is not a positive integer
   */
  constructor(
    registry: ConnectionRegistry,
    options: MailboxOptions,
    report: (error: unknown) => void,
    shared?: SharedMail,
  ) {
    this.#registry = registry;
    const resolved = MAILBOX_OPTIONS.resolve(options, usagePlace('hub', 'mailbox'));
    const { maxMessages, maxBytes, maxUsers, maxTotalBytes, store } = resolved;
    this.#options = resolved;
    this.#report = report;
    this.#bounds = { maxMessages, maxBytes };
    // A store of the application's own goes before what comes with a broker.
    this.#shared = store === undefined ? shared : undefined;
    const waitedFor = store ?? this.#shared?.store;
    this.#store =
      waitedFor === undefined
        ? new MemoryMailboxStore(maxUsers, maxTotalBytes)
        : new TimelyMailboxStore(waitedFor);
    this.#delivery = new MailDelivery(this.#store, maxMessages, report);
    this.#shared?.on({
      kept: (userId, mail) => this.#heard(userId, mail),
      look: (userId) => this.#look(userId),
    });
  }

  get stats(): MailboxStats {
    return { ...this.#stats, delivered: this.#delivery.delivered };
  }

  /**
   * Sends to all connections of a user, or keeps the message until there is one. With the store in
   * memory all of that has happened when the call returns.
   * @param data not to be changed afterwards
   * @throws {WireError} BAD_REQUEST for a user id that is not 1 to 256 characters, {EncodeError} for
   *   data that cannot be encoded; both as a rejection
   */
  send<N extends MailName<C>>(
    userId: string,
    event: N,
    ...given: Given<MailData<C, N>, MailOptions>
  ): Promise<MailResult>;
  send(
    userId: string,
    event: string,
    data?: unknown,
    options: MailOptions = {},
  ): Promise<MailResult> {
    const sent = this.#send(userId, event, data, options);
    // Reported, and therefore handled: nobody has to wait for it.
    sent.catch(this.#report);
    return sent;
  }

  /** What waits for a user, oldest first. */
  async waiting(userId: string): Promise<readonly Mail[]> {
    return this.#store.list(userId);
  }

  /** Forgets what waits for a user. */
  async clear(userId: string): Promise<void> {
    await this.#store.clear(userId);
    this.#delivery.of(userId)?.forgetAll();
  }

  /**
   * A client of the user has received mail: it is not sent again.
   * @param numbers one or up to 1,000, each of mail that waits
   * @throws {WireError} BAD_REQUEST, NOT_FOUND; nothing is changed then
   */
  async acknowledge(connection: SomeConnection, numbers: unknown): Promise<void> {
    const read = readMailNumbers(numbers);
    const { userId } = connection;
    const removed = userId !== undefined && this.#store.remove(userId, read);
    if (!(removed instanceof Promise ? await removed : removed)) {
      throw new WireError(ErrorCode.NotFound, 'Cannot acknowledge: there is no such mail');
    }
    this.#stats.acknowledged += read.length;
    // Another connection may be on its way to it.
    if (userId !== undefined) this.#delivery.of(userId)?.forget(read);
  }

  /**
   * @internal A connection of the user is open and listens.
   * @returns a Promise only when there is something to wait for; it never rejects
   */
  [kArrived](connection: Connection): Promise<void> | undefined {
    return this.#delivery.arrived(connection);
  }

  /** @internal */
  async [kClose](): Promise<void> {
    this.#shared?.close();
    await this.#store.close();
  }

  async #send(
    userId: string,
    event: string,
    data: unknown,
    { acknowledge = false, ttl }: MailOptions,
  ): Promise<MailResult> {
    checkUserId(userId);
    const message = new EventMessage({ event, data });
    const { byteLength } = message.for(jsonCodec);
    const pump = this.#delivery.of(userId);
    // The others get it behind the mail they have still to get.
    const listening = this.#listening(userId).filter((one) => pump?.served(one) === undefined);
    let delivered = 0;
    if (!acknowledge) {
      for (const connection of listening) {
        const core = connection[kCore];
        if (handed(core.sendPrepared(message.for(core.codec), event))) delivered++;
      }
      this.#delivery.delivered += delivered;
      if (delivered > 0 && pump?.serving !== true) {
        this.#shared?.forward(userId, message, event);
        return { delivered, waiting: false };
      }
    }
    const expiresAt = Date.now() + (ttl === undefined ? this.#options.ttl : readTtl(ttl));
    const kept = this.#store.push(
      userId,
      { event, data, acknowledged: acknowledge, expiresAt, size: byteLength },
      this.#bounds,
    );
    this.#delivery.follow(userId, kept, delivered > 0);
    const { mail, dropped, lost = [] } = kept instanceof Promise ? await kept : kept;
    if (!acknowledge) for (const connection of listening) formOf(mail)?.taken(connection);
    this.#stats.queued++;
    let own = dropped;
    for (const one of lost) {
      own -= one.messages;
      this.#count(one.userId, one.messages);
    }
    this.#count(userId, own);
    if (acknowledge) {
      for (const connection of listening) {
        // It may have signed out while the mail was being kept, or be served by now.
        if (connection.userId !== userId || this.#isServed(userId, connection)) continue;
        if (sendMail(connection, mail)) delivered++;
      }
      this.#delivery.delivered += delivered;
    }
    // Those it was kept for have left meanwhile, or could not take it at once.
    if (delivered === 0 && this.#delivery.of(userId)?.serving !== true) {
      for (const connection of this.#listening(userId)) {
        void this.#delivery.arrived(connection, mail.number - 1);
      }
    }
    return { delivered, waiting: true };
  }

  /** Mail was kept on another node: the connections here get it behind what they have still to get. */
  #heard(userId: string, mail: Mail): void {
    let delivered = 0;
    for (const connection of this.#listening(userId)) {
      if (!this.#isServed(userId, connection) && this.#hand(connection, mail)) delivered++;
    }
    this.#delivery.delivered += delivered;
    const pump = this.#delivery.of(userId);
    // Whoever is served gets it in its place; it is taken out when all of them have got it.
    if (pump !== undefined) pump.follow({ mail, dropped: 0 }, delivered > 0);
    else if (delivered > 0 && !mail.acknowledged) {
      attempt(() => this.#store.remove(userId, [mail.number])).catch(this.#report);
    }
  }

  /** There may be mail that no news has come of. */
  #look(userId: string): void {
    for (const connection of this.#listening(userId)) void this[kArrived](connection);
  }

  #hand(connection: Connection, mail: Mail): boolean {
    try {
      return sendMail(connection, mail);
    } catch (error) {
      // The codec of this client cannot carry it: the others get it all the same.
      this.#report(error);
      return false;
    }
  }

  #isServed(userId: string, connection: Connection): boolean {
    return this.#delivery.of(userId)?.served(connection) !== undefined;
  }

  /** Connections that have passed their connect hook: the others get the mail then. */
  #listening(userId: string): Connection[] {
    return [...this.#registry.byUser(userId)].filter((one) => one[kCore].phase === Phase.Ready);
  }

  #count(userId: string, dropped: number): void {
    if (dropped === 0) return;
    this.#stats.dropped += dropped;
    try {
      this.#options.onDropped?.(userId, dropped);
    } catch (error) {
      this.#report(error);
    }
  }
}
