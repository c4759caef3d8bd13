import type { MaybePromise } from '../support/maybe-promise.js';

/** Somebody in a room, with one connection or many. */
export interface Person<Meta = unknown> {
  /** The user's id, or the connection's for who has none. */
  readonly key: string;
  /** What the application said about this person last; undefined when nothing. */
  readonly meta: Meta;
  /** Connections this person has in the room. */
  readonly connections: number;
}

/** Who is in which room, by connection: the last one to leave takes the person with it. */
export interface PresenceStore {
  /** Adds a connection, or changes what is said about its person. */
  enter(room: string, key: string, connectionId: string, meta: unknown): MaybePromise<void>;
  /** Takes a connection away, and with the last one the person. */
  leave(room: string, key: string, connectionId: string): MaybePromise<void>;
  /** One person of a room, undefined when absent. */
  get(room: string, key: string): MaybePromise<Person | undefined>;
  /** Everybody in a room, in the order they came. */
  list(room: string): MaybePromise<readonly Person[]>;
  /** How many people are in a room, where more may be counted than are listed; default those listed. */
  count?(room: string): MaybePromise<number>;
  /**
   * Called once, by a store that learns of people of other processes: `changed` is to be told of whoever
   * came, left or changed there.
   */
  watch?(changed: (room: string, key: string) => void): void;
}
