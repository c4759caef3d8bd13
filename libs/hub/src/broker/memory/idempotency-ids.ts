import type { Clock } from '../../support/clock.js';

/** Milliseconds for which an id is remembered. */
const REMEMBERED_FOR = 300_000;
/** Ids of all rooms remembered at a time; past them the oldest is forgotten. */
const MAX_IDS = 65_536;

/** What an append with this id became. */
interface Appended {
  readonly epoch: string;
  readonly offset: number;
  readonly time: number;
}

/** The appends of the last minutes by the ids their callers gave them. */
export class IdempotencyIds {
  readonly #clock: Clock;
  /** In the order they were written. */
  readonly #appended = new Map<string, Appended>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(room: string, id: string): Appended | undefined {
    const found = this.#appended.get(keyOf(room, id));
    return found === undefined || this.#isOld(found) ? undefined : found;
  }

  set(room: string, id: string, appended: Appended): void {
    this.#appended.delete(keyOf(room, id));
    this.#appended.set(keyOf(room, id), appended);
    this.sweep();
  }

  sweep(): void {
    for (const [key, appended] of this.#appended) {
      if (this.#appended.size <= MAX_IDS && !this.#isOld(appended)) return;
      this.#appended.delete(key);
    }
  }

  #isOld({ time }: Appended): boolean {
    return this.#clock.now() - time >= REMEMBERED_FOR;
  }
}

/** Both are anything: only the length says where one ends. */
function keyOf(room: string, id: string): string {
  return `${room.length}:${room}${id}`;
}
