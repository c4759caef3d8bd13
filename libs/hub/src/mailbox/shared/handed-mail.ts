import type { Connection } from '../../connection/connection.js';

/** Numbers that are remembered of one connection; older mail waits for the next one. */
const MAX_NUMBERS = 1_024;
/** Mail that is remembered after it was taken out, of all users together. */
const MAX_REMOVED = 4_096;

interface Numbers {
  readonly userId: string;
  readonly handed: Set<number>;
  /** Numbers up to this one count as handed. */
  floor: number;
}

/** Which mail went to which connection: news comes doubled, late, and beside what a store lists. */
export class HandedMail {
  readonly #byConnection = new WeakMap<Connection, Numbers>();
  readonly #removed = new Set<string>();

  /** @returns whether the connection has still to get it. */
  owed(connection: Connection, userId: string, number: number): boolean {
    if (this.#removed.has(keyOf(userId, number))) return false;
    const numbers = this.#byConnection.get(connection);
    if (numbers === undefined || numbers.userId !== userId) return true;
    return number > numbers.floor && !numbers.handed.has(number);
  }

  add(connection: Connection, userId: string, number: number): void {
    let numbers = this.#byConnection.get(connection);
    // Somebody else has signed in: the numbers of each user are their own.
    if (numbers === undefined || numbers.userId !== userId) {
      numbers = { userId, handed: new Set(), floor: 0 };
      this.#byConnection.set(connection, numbers);
    }
    numbers.handed.add(number);
    for (const oldest of numbers.handed) {
      if (numbers.handed.size <= MAX_NUMBERS) break;
      numbers.handed.delete(oldest);
      numbers.floor = Math.max(numbers.floor, oldest);
    }
  }

  /** Mail was taken out: what is still on its way of it is over. */
  removed(userId: string, removed: readonly number[]): void {
    for (const number of removed) this.#removed.add(keyOf(userId, number));
    for (const oldest of this.#removed) {
      if (this.#removed.size <= MAX_REMOVED) break;
      this.#removed.delete(oldest);
    }
  }
}

function keyOf(userId: string, number: number): string {
  return `${number} ${userId}`;
}
