import { SendResult } from '#engine';
import type { Connection } from '../connection/connection.js';
import { Phase } from '../connection/connection.js';
import type { ConnectionRegistry } from '../connection/connection-registry.js';
import { MAX_USER_ID_LENGTH } from '../connection/user-id.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { attempt } from '../support/maybe-promise.js';
import { usagePlace } from '../options/option-place.js';
import type { Resolved } from '../options/option-table.js';
import { EventMessage } from '../rooms/broadcast-message.js';
import { ErrorCode } from '../wire/error-code.js';
import { jsonCodec } from '../wire/json.codec.js';
import { WireError } from '../wire/wire-error.js';
import { MailPump, type PumpStart } from './mail-pump.js';
import type { Mail, MailboxBounds, MailboxStore } from './mailbox-store.js';
import type { MailboxOptions } from './mailbox-options.js';
import { MAILBOX_OPTIONS, readTtl } from './mailbox-options.js';
import { MemoryMailboxStore } from './memory-mailbox-store.js';

/** Numbers one `$ack` may carry. */
const MAX_ACKS = 1_000;

/** How one message to a user is kept. */
export interface MailOptions {
  /**
   * True: at least once. The message keeps waiting until a client has sent `$ack` with its number,
   * and is sent again on every connect until then. False, the default: it is done once it has been
   * handed to an open connection.
   */
  readonly acknowledge?: boolean | undefined;
  /** Milliseconds it waits; default the mailbox's. */
  readonly ttl?: number | undefined;
}

/** What became of a message to a user. */
export interface MailResult {
  /** Connections it was handed to. */
  readonly delivered: number;
  /** Whether it waits: for the user to come, or to acknowledge it. */
  readonly waiting: boolean;
}

/** Messages since the start; `delivered` counts each connection. */
export interface MailboxStats {
  readonly delivered: number;
  readonly queued: number;
  readonly acknowledged: number;
  readonly dropped: number;
}

/**
 * Messages to users, whether they are there or not. Whoever is there gets them on every connection;
 * for the others they wait, and are delivered in order on the next connect, after the connect hook
 * and before any later message.
 */
export class Mailbox {
  readonly #registry: ConnectionRegistry;
  readonly #store: MailboxStore;
  readonly #bounds: MailboxBounds;
  readonly #options: Resolved<typeof MAILBOX_OPTIONS>;
  readonly #report: (error: unknown) => void;
  /** Users whose mail is being handed over: newer mail queues behind it. */
  readonly #pumps = new Map<string, MailPump>();
  readonly #stats = { delivered: 0, queued: 0, acknowledged: 0, dropped: 0 };

  /** @throws {UsageError} for a bound that is not a positive integer. */
  constructor(
    registry: ConnectionRegistry,
    options: MailboxOptions,
    report: (error: unknown) => void,
  ) {
    this.#registry = registry;
    const resolved = MAILBOX_OPTIONS.resolve(options, usagePlace('hub', 'mailbox'));
    const { maxMessages, maxBytes, maxUsers, maxTotalBytes, store } = resolved;
    this.#options = resolved;
    this.#report = report;
    this.#bounds = { maxMessages, maxBytes };
    this.#store = store ?? new MemoryMailboxStore(maxUsers, maxTotalBytes);
  }

  get stats(): MailboxStats {
    return { ...this.#stats };
  }

  /**
   * Sends to all connections of a user, or keeps the message until there is one. With the store in
   * memory all of that has happened when the call returns.
   * @param data not to be changed afterwards
   * @throws {WireError} BAD_REQUEST for a user id that is not 1 to 256 characters, {EncodeError} for
   *   data that cannot be encoded; both as a rejection
   */
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
  }

  /**
   * A client of the user has received mail: it is not sent again.
   * @param numbers one or up to 1,000, each of mail that waits
   * @throws {WireError} BAD_REQUEST, NOT_FOUND; nothing is changed then
   */
  async acknowledge(connection: Connection<object>, numbers: unknown): Promise<void> {
    const read = readNumbers(numbers);
    const { userId } = connection;
    const removed = userId !== undefined && this.#store.remove(userId, read);
    if (!(removed instanceof Promise ? await removed : removed)) {
      throw new WireError(ErrorCode.NotFound, 'Cannot acknowledge: there is no such mail');
    }
    this.#stats.acknowledged += read.length;
  }

  /**
   * @internal A connection of the user is open and listens.
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

  /** @internal */
  async close(): Promise<void> {
    await this.#store.close();
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

  async #send(
    userId: string,
    event: string,
    data: unknown,
    { acknowledge = false, ttl }: MailOptions,
  ): Promise<MailResult> {
    checkUserId(userId);
    const message = new EventMessage({ event, data });
    const { byteLength } = message.for(jsonCodec);
    const pump = this.#pumps.get(userId);
    const ready = this.#listening(userId);
    const listening =
      pump === undefined ? ready : ready.filter((one) => !pump.connections.has(one));
    let delivered = 0;
    if (!acknowledge) {
      for (const connection of listening) {
        if (handed(connection.sendPrepared(message.for(connection.codec), event))) delivered++;
      }
      this.#stats.delivered += delivered;
      if (delivered > 0 && pump === undefined) return { delivered, waiting: false };
    }
    const expiresAt = Date.now() + (ttl === undefined ? this.#options.ttl : readTtl(ttl));
    const kept = this.#store.push(
      userId,
      { event, data, acknowledged: acknowledge, expiresAt, size: byteLength },
      this.#bounds,
    );
    pump?.follow(kept, delivered > 0);
    const { mail, dropped } = kept instanceof Promise ? await kept : kept;
    this.#stats.queued++;
    this.#count(userId, dropped);
    if (acknowledge) {
      for (const connection of listening) {
        // It may have signed out while the mail was being kept.
        if (connection.userId === userId && handed(sendMail(connection, mail))) delivered++;
      }
      this.#stats.delivered += delivered;
    }
    // Those it was kept for have left meanwhile, or there were none.
    if (pump === undefined || pump.connections.size === 0) {
      if (delivered === 0) this.#missed(userId);
      else if (!acknowledge) await this.#store.remove(userId, [mail.number]);
    }
    return { delivered, waiting: true };
  }

  /** Mail was kept that nobody got: somebody may have come while it was being kept. */
  #missed(userId: string): void {
    const pump = this.#pumps.get(userId);
    if (pump !== undefined) pump.more = true;
    else for (const connection of this.#listening(userId)) void this.arrived(connection);
  }

  /** Connections that have passed their connect hook: the others get the mail then. */
  #listening(userId: string): Connection[] {
    return [...this.#registry.byUser(userId)].filter(({ phase }) => phase === Phase.Ready);
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
      return handed(sendMail(connection, mail));
    } catch (error) {
      // The codec of this client cannot carry it: it must not stand in the way of all that follows.
      this.#report(error);
      return true;
    }
  }

  /** What asks for an acknowledgement waits on, and so does what others have still to get. */
  #delivered(userId: string, mail: Mail, pump?: MailPump): MaybePromise<boolean> {
    this.#stats.delivered++;
    if (mail.acknowledged || pump?.staysFor(mail.number) === true) return true;
    return this.#store.remove(userId, [mail.number]);
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

/** Bytes that may wait for a connection before the next mail does, too: the soft mark of a queue. */
const PACE = 64 * 1024;

function sendMail(connection: Connection, { event, data, number, acknowledged }: Mail): SendResult {
  return acknowledged
    ? connection.sendEnvelope({ event, data, mail: number })
    : connection.sendEnvelope({ event, data });
}

function handed(result: SendResult): boolean {
  return result === SendResult.Sent || result === SendResult.Queued;
}

function checkUserId(userId: unknown): void {
  const length = typeof userId === 'string' ? userId.length : 0;
  if (length > 0 && length <= MAX_USER_ID_LENGTH) return;
  throw new WireError(
    ErrorCode.BadRequest,
    `Cannot send mail: a user id of 1 to ${MAX_USER_ID_LENGTH} characters is expected, current value is ${typeof userId === 'string' ? `${length} characters` : `of type ${typeof userId}`}`,
  );
}

function readNumbers(value: unknown): number[] {
  const numbers: unknown[] = Array.isArray(value) ? value : [value];
  const valid = numbers.filter((one): one is number => Number.isSafeInteger(one));
  if (valid.length !== numbers.length || numbers.length === 0 || numbers.length > MAX_ACKS) {
    throw new WireError(
      ErrorCode.BadRequest,
      `Cannot acknowledge: a number or 1 to ${MAX_ACKS} of them are expected, as "mail"`,
    );
  }
  // Saying it twice in one message is no mistake.
  return [...new Set(valid)];
}
