import type {
  BrokerMailbox,
  MailboxBounds,
  MailEntry,
  NumberedMail,
} from '../broker/broker-mailbox.js';
import { BrokerUnavailable } from '../broker/broker-unavailable.js';
import type { MailListener, MailNews } from '../mailbox/shared/mail-news.js';
import type { Clock } from '../support/clock.js';
import type { Faults } from './faulty-log.js';

const NO_FAULTS: Faults = { delay: 0, newsDelay: 0, loss: 0, doubling: 0 };

/** One server with mail in memory. */
export class MailServer {
  readonly clock: Clock;
  readonly nodes = new Set<MailNode>();
  readonly #boxes = new Map<string, NumberedMail[]>();
  #number = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  push(userId: string, mail: MailEntry, { maxMessages }: MailboxBounds) {
    const number = ++this.#number;
    const box = [...this.list(userId), { ...mail, number }];
    const dropped = Math.max(0, box.length - maxMessages);
    this.#boxes.set(userId, box.slice(dropped));
    return { number, dropped };
  }

  list(userId: string): readonly NumberedMail[] {
    const time = this.clock.now();
    return (this.#boxes.get(userId) ?? []).filter(({ expiresAt }) => expiresAt > time);
  }

  remove(userId: string, numbers: readonly number[]): boolean {
    const gone = new Set(numbers);
    const box = this.list(userId);
    const kept = box.filter(({ number }) => !gone.has(number));
    if (kept.length !== box.length - gone.size) return false;
    this.#boxes.set(userId, kept);
    return true;
  }

  clear(userId: string): void {
    this.#boxes.delete(userId);
  }
}

/** The server, and news of other nodes, as one node sees them. */
export class MailNode implements BrokerMailbox, MailNews {
  faults: Faults;
  /** Whether there is no session. */
  isDown = false;
  readonly calls: string[] = [];
  readonly #server: MailServer;
  #listener: MailListener | undefined;
  #tail = 0;

  constructor(server: MailServer, faults: Partial<Faults> = {}) {
    this.#server = server;
    this.faults = { ...NO_FAULTS, ...faults };
    server.nodes.add(this);
  }

  push(userId: string, mail: MailEntry, bounds: MailboxBounds) {
    return this.#call('push', () => this.#server.push(userId, mail, bounds));
  }

  list(userId: string): Promise<readonly NumberedMail[]> {
    return this.#call('list', () => this.#server.list(userId));
  }

  remove(userId: string, numbers: readonly number[]): Promise<boolean> {
    return this.#call('remove', () => this.#server.remove(userId, numbers));
  }

  clear(userId: string): Promise<void> {
    return this.#call('clear', () => this.#server.clear(userId));
  }

  on(listener: MailListener): void {
    this.#listener = listener;
  }

  kept(userId: string, mail: NumberedMail): void {
    for (const node of this.#server.nodes) if (node !== this) node.hear(userId, mail);
  }

  hear(userId: string, mail: NumberedMail | undefined): void {
    const { loss, doubling, newsDelay } = this.faults;
    const copies = this.#chance(loss) ? 0 : this.#chance(doubling) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.#later(this.#some(newsDelay), () => {
        if (!this.isDown) this.#listener?.kept(userId, mail);
      });
    }
  }

  heal(): void {
    this.isDown = false;
    this.#listener?.up();
  }

  #call<Value>(name: string, doIt: () => Value): Promise<Value> {
    this.calls.push(name);
    if (this.isDown) return Promise.reject(new BrokerUnavailable('No session'));
    const { clock } = this.#server;
    // One connection: calls are done, and answered, in their order.
    this.#tail = Math.max(this.#tail, clock.now() + this.#some(this.faults.delay));
    return new Promise((resolve, reject) => {
      this.#later(this.#tail - clock.now(), () => {
        if (this.isDown) reject(new BrokerUnavailable('The session has ended'));
        else resolve(doIt());
      });
    });
  }

  #later(delay: number, call: () => void): void {
    if (delay === 0) queueMicrotask(call);
    else this.#server.clock.after(delay, call);
  }

  #some(most: number): number {
    return most === 0 ? 0 : 1 + Math.floor(this.#server.clock.random() * most);
  }

  #chance(chance: number): boolean {
    return chance > 0 && this.#server.clock.random() < chance;
  }
}
