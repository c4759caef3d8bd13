import type { Connection } from '../../connection/connection.js';
import type { BrokerMailbox } from '../../broker/broker-mailbox.js';
import type { BroadcastMessage } from '../../rooms/broadcast-message.js';
import type { Relay } from '../../rooms/relay.js';
import { systemClock, type Clock } from '../../support/clock.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import type { Mail } from '../mailbox-store.js';
import type { MailReceiver, SharedMail } from '../shared-mail.js';
import { BrokerMailboxStore } from './broker-mailbox-store.js';
import type { MailNews } from './mail-news.js';

/** Users that are looked after at a time. */
const BATCH = 256;
/** Milliseconds that news may be late: what a log keeps for repair, and the time of an outage before. */
const NEWS_LATE = 150_000;

/** What the mail of all nodes is made of at one of them. */
interface NodeMailOptions {
  readonly box: BrokerMailbox;
  /** Mail is kept in the bytes of each. */
  readonly codecs: KnownCodecs;
  readonly news?: MailNews | undefined;
  /** Takes mail that is not kept to the connections of other nodes. */
  readonly relay?: Pick<Relay, 'forward'> | undefined;
  /** Users with a connection at this node. */
  readonly users: () => Iterable<string>;
  readonly clock?: Clock | undefined;
  readonly report: (error: unknown) => void;
  /** Told of mail of another version, or of a stranger. */
  readonly ignored?: ((userId: string) => void) | undefined;
}

/** Mail of users whose connections are on many nodes. */
export class NodeMail implements SharedMail {
  readonly store: BrokerMailboxStore;
  readonly #options: NodeMailOptions;
  readonly #clock: Clock;
  /** When the store was asked for each connection. */
  readonly #arrivals = new WeakMap<Connection, number>();
  /** Counts up when the broker has come back: what was begun before is given up. */
  #round = 0;

  constructor(options: NodeMailOptions) {
    const { box, codecs, news, report, ignored, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.store = new BrokerMailboxStore(box, codecs, news, report, ignored);
  }

  on(receiver: MailReceiver): void {
    this.#options.news?.on({
      kept: (userId, mail) => {
        if (mail === undefined) receiver.look(userId);
        else if (mail.expiresAt > this.#clock.now()) {
          const read = this.store.read(userId, mail);
          if (read !== undefined) receiver.kept(userId, read);
        }
      },
      up: () => void this.#lookAfter(receiver),
    });
  }

  forward(userId: string, message: BroadcastMessage, event: string): void {
    const nobody = { rooms: [], everyone: false, exceptRooms: [], exceptIds: new Set<string>() };
    this.#options.relay?.forward({ ...nobody, users: [userId] }, message, event, undefined);
  }

  arrived(connection: Connection): void {
    this.#arrivals.set(connection, this.#clock.now());
  }

  /** Another connection may have acknowledged it, on another node, before this one came. */
  mayBeOver(connection: Connection, { acknowledged }: Mail): boolean {
    const arrived = this.#arrivals.get(connection);
    return acknowledged && arrived !== undefined && this.#clock.now() - arrived < NEWS_LATE;
  }

  close(): void {
    this.#round++;
  }

  /** News may have been lost: whoever is here and has mail gets it. Never rejects. */
  async #lookAfter(receiver: MailReceiver): Promise<void> {
    const round = ++this.#round;
    const users = [...this.#options.users()];
    for (let at = 0; at < users.length && round === this.#round; at += BATCH) {
      const batch = users.slice(at, at + BATCH);
      // Who has none is asked once; what fails is done when the broker is back again.
      const found = await Promise.allSettled(batch.map((userId) => this.store.list(userId)));
      for (const [index, userId] of batch.entries()) {
        const list = found[index];
        if (list?.status === 'fulfilled' && list.value.length > 0) receiver.look(userId);
      }
    }
  }
}
