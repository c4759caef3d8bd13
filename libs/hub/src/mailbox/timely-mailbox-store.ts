import type { MailboxBounds } from '../broker/broker-mailbox.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { inStoreTime } from '../wire/in-store-time.js';
import type { Kept, Mail, MailboxStore } from './mailbox-store.js';

/** A store whose answers come in time, or fail: one that hangs would hold its users' clients for ever. */
export class TimelyMailboxStore implements MailboxStore {
  readonly #store: MailboxStore;

  constructor(store: MailboxStore) {
    this.#store = store;
  }

  push(userId: string, mail: Omit<Mail, 'number'>, bounds: MailboxBounds): MaybePromise<Kept> {
    return inStoreTime('send mail', this.#store.push(userId, mail, bounds));
  }

  list(userId: string): MaybePromise<readonly Mail[]> {
    return inStoreTime('read mail', this.#store.list(userId));
  }

  remove(userId: string, numbers: readonly number[]): MaybePromise<boolean> {
    return inStoreTime('take mail out', this.#store.remove(userId, numbers));
  }

  clear(userId: string): MaybePromise<void> {
    return inStoreTime('clear mail', this.#store.clear(userId));
  }

  close(): MaybePromise<void> {
    return inStoreTime('close mailbox', this.#store.close());
  }
}
