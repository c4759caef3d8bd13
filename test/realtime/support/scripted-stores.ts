import type { Appended, HistoryStore, MailboxStore, PresenceStore } from '#hub';
import { MemoryHistoryStore } from '../../../libs/hub/src/history/memory-history-store.js';
import { MemoryMailboxStore } from '../../../libs/hub/src/mailbox/memory-mailbox-store.js';
import { MemoryPresenceStore } from '../../../libs/hub/src/presence/memory-presence-store.js';

export const HOUR = 3_600_000;

/** How the stores of a run answer: at once, later in order, or later in any order. */
export type Answers = 'at once' | 'later' | 'in any order';

/** Numbers that look random and are the same for a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Place {
  readonly room: string;
  readonly epoch: string;
  readonly offset: number;
}

/** A message as the store has it, in the order it was kept. */
export interface Kept extends Place {
  readonly serial: number;
  /** Kept, but the store said that it was not: it is in the history and was sent to nobody. */
  readonly failed: boolean;
}

/** What a client is told of who is in a room. */
export interface Learned {
  readonly room: string;
  readonly people?: readonly { readonly key: string }[];
  readonly joined?: readonly { readonly key: string }[];
  readonly left?: readonly string[];
}

/** Stores that answer when the run says so, and fail now and then. */
export class ScriptedStores {
  readonly answers: Answers;
  /** What was kept of each room, in order. */
  readonly log = new Map<string, Kept[]>();
  /** How long the log was when a room had an epoch and no message. */
  readonly zero = new Map<string, number>();
  /** How far the clock of the stores has gone. */
  hours = 0;
  /** Whether the next mail is not kept. */
  failNext = false;
  /** Whether mailboxes are listed without fail. */
  resting = false;
  readonly #next: () => number;
  readonly #disturb: (user: string) => void;
  readonly #pending: (() => void)[] = [];
  readonly #start = Date.now();
  readonly #now = (): number => this.#start + this.hours * HOUR;

  /** @param disturb told whose mail may have gone astray */
  constructor(next: () => number, answers: Answers, disturb: (user: string) => void) {
    this.#next = next;
    this.answers = answers;
    this.#disturb = disturb;
  }

  /** Calls that have not been answered. */
  get waiting(): number {
    return this.#pending.length;
  }

  answerAll(): void {
    this.answer(this.#pending.length);
  }

  answer(count: number): void {
    for (let answered = 0; answered < count && this.#pending.length > 0; answered++) {
      const index =
        this.answers === 'in any order' ? Math.floor(this.#next() * this.#pending.length) : 0;
      this.#pending.splice(index, 1)[0]?.();
    }
  }

  history(limit: number, bytes: number): HistoryStore {
    const store = new MemoryHistoryStore(limit, bytes, this.#now);
    return {
      append: (room, message, bounds) => {
        const fails = this.#next() < 0.05;
        const isKept = !fails || this.#next() < 0.5;
        const keep = (): Appended => {
          if (!isKept) return { epoch: '', message: { ...message, offset: 0, time: 0 } };
          const appended = store.append(room, message, bounds);
          const { epoch } = appended;
          const { offset, data } = appended.message;
          const kept = { room, epoch, offset, serial: data as number, failed: fails };
          this.log.set(room, [...(this.log.get(room) ?? []), kept]);
          return appended;
        };
        // As the hub needs them, they are kept in the order of the calls.
        const kept = keep();
        return this.#later(fails, () => kept);
      },
      read: (room, after) =>
        this.#later(this.#next() < 0.05, () => {
          const page = store.read(room, after);
          const length = this.log.get(room)?.length ?? 0;
          if (page.offset === 0) this.zero.set(`${room} ${page.epoch}`, length);
          return page;
        }),
      clear: (room) => this.#later(false, () => store.clear(room)),
      close: () => this.#later(false, () => store.close()),
    };
  }

  mailbox(limit: number, bytes: number): MailboxStore {
    const store = new MemoryMailboxStore(limit, bytes, this.#now);
    return {
      push: (user, mail, bounds) => {
        const fails = this.failNext;
        // As the hub needs them, they are kept in the order of the calls.
        const expiresAt = mail.expiresAt + this.hours * HOUR;
        const kept = fails ? undefined : store.push(user, { ...mail, expiresAt }, bounds);
        return this.#later(fails, () => kept ?? never());
      },
      list: (user) => {
        const fails = !this.resting && this.#next() < 0.03;
        if (fails) this.#disturb(user);
        const mails = this.#later(fails, () => store.list(user));
        // What waits is told on a later connect.
        if (mails instanceof Promise) mails.catch(() => this.#disturb(user));
        return mails;
      },
      remove: (user, numbers) => this.#later(false, () => store.remove(user, numbers)),
      clear: (user) => this.#later(false, () => store.clear(user)),
      close: () => this.#later(false, () => store.close()),
    };
  }

  presence(): PresenceStore {
    const store = new MemoryPresenceStore();
    const applied = <Value>(value: Value) => this.#later(false, () => value);
    return {
      enter: (...person) => applied(store.enter(...person)),
      leave: (...person) => applied(store.leave(...person)),
      get: (room, key) => this.#later(false, () => store.get(room, key)),
      list: (room) => this.#later(false, () => store.list(room)),
    };
  }

  /** What a call gives, when its time comes; done when it was made or when it is answered. */
  #later<Value>(fails: boolean, call: () => Value): Value | Promise<Value> {
    if (this.answers === 'at once') {
      const value = call();
      if (fails) throw failure();
      return value;
    }
    const early = this.#next() < 0.5 ? { value: call() } : undefined;
    return new Promise((resolve, reject) => {
      this.#pending.push(() => {
        try {
          const { value } = early ?? { value: call() };
          if (fails) reject(failure());
          else resolve(value);
        } catch (error) {
          reject(error instanceof Error ? error : failure());
        }
      });
    });
  }
}

export function samePlace(one: Place, other: Place): boolean {
  return one.room === other.room && one.epoch === other.epoch && one.offset === other.offset;
}

export function place({ room, epoch, offset }: Place): string {
  return `${room}/${epoch}/${offset}`;
}

function failure(): Error {
  return new Error('The store fails as planned');
}

function never(): never {
  throw failure();
}
