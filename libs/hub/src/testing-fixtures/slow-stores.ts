import type { HistoryBounds } from '../broker/broker-history.js';
import type { MailboxBounds } from '../broker/broker-mailbox.js';
import type { HistoryStore, NewMessage } from '../history/history-store.js';
import { MemoryHistoryStore } from '../history/memory-history-store.js';
import type { Mail, MailboxStore } from '../mailbox/mailbox-store.js';
import { MemoryMailboxStore } from '../mailbox/memory-mailbox-store.js';
import type { PresenceStore } from '../presence/presence-store.js';
import { MemoryPresenceStore } from '../presence/memory-presence-store.js';

/** As long as a store in another process takes: a turn of the event loop. */
async function elsewhere<Value>(call: () => Value): Promise<Value> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  return call();
}

/** A history that has to be waited for, as one in another process. */
export class SlowHistoryStore implements HistoryStore {
  readonly memory = new MemoryHistoryStore();
  /** What the next call fails with. */
  failure: Error | undefined;

  append(room: string, message: NewMessage, bounds: HistoryBounds) {
    return elsewhere(() => {
      this.#fail();
      return this.memory.append(room, message, bounds);
    });
  }

  async read(room: string, after: number) {
    this.#fail();
    // What was read before something else is appended, and arrives after.
    const page = this.memory.read(room, after);
    return elsewhere(() => page);
  }

  clear(room: string) {
    return elsewhere(() => this.memory.clear(room));
  }

  close() {
    return elsewhere(() => this.memory.close());
  }

  #fail(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}

/** A mailbox that has to be waited for. */
export class SlowMailboxStore implements MailboxStore {
  readonly memory = new MemoryMailboxStore();

  push(userId: string, mail: Omit<Mail, 'number'>, bounds: MailboxBounds) {
    return elsewhere(() => this.memory.push(userId, mail, bounds));
  }

  list(userId: string) {
    const mails = this.memory.list(userId);
    return elsewhere(() => mails);
  }

  remove(userId: string, numbers: readonly number[]) {
    return elsewhere(() => this.memory.remove(userId, numbers));
  }

  clear(userId: string) {
    return elsewhere(() => this.memory.clear(userId));
  }

  close() {
    return elsewhere(() => this.memory.close());
  }
}

/** A presence that has to be waited for. */
export class SlowPresenceStore implements PresenceStore {
  readonly memory = new MemoryPresenceStore();

  enter(room: string, key: string, connectionId: string, meta: unknown) {
    return elsewhere(() => this.memory.enter(room, key, connectionId, meta));
  }

  leave(room: string, key: string, connectionId: string) {
    return elsewhere(() => this.memory.leave(room, key, connectionId));
  }

  get(room: string, key: string) {
    return elsewhere(() => this.memory.get(room, key));
  }

  list(room: string) {
    return elsewhere(() => this.memory.list(room));
  }
}
