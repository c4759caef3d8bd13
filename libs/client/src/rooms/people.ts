import { Listeners } from '../support/listeners.js';
import type { Off } from '../support/off.js';
import { fields } from '../wire/exception.js';

/** Somebody in a room, on however many connections. */
export interface Person<M = unknown> {
  readonly key: string;
  readonly meta: M;
  readonly connections: number;
}

/** Servers name at most 10,000 of a room; what goes beyond this is no list of people any more. */
const MOST_PEOPLE = 65_536;

/** Who is in a room, kept by their key. */
export class People {
  readonly #people = new Map<string, Person>();
  readonly #changed: Listeners<[ReadonlyMap<string, Person>]>;
  #snapshot: ReadonlyMap<string, Person> | undefined;

  constructor(report: (error: unknown) => void) {
    this.#changed = new Listeners(report);
  }

  /** The same object until something changes. */
  get all(): ReadonlyMap<string, Person> {
    return (this.#snapshot ??= new Map(this.#people));
  }

  onChange(listener: (people: ReadonlyMap<string, Person>) => void): Off {
    return this.#changed.add(listener);
  }

  clear(): void {
    if (this.#people.size > 0) this.apply({ people: [] });
  }

  /** @param update the data of a `$presence` */
  apply(update: unknown): void {
    const { people, joined, left } = fields(update);
    if (Array.isArray(people)) this.#people.clear();
    for (const key of list(left)) this.#people.delete(key as string);
    for (const person of [...list(people), ...list(joined)]) {
      const { key, meta, connections } = fields(person);
      if (typeof key !== 'string' || this.#people.size >= MOST_PEOPLE) continue;
      this.#people.set(key, { key, meta, connections: Number(connections) || 1 });
    }
    this.#snapshot = undefined;
    if (this.#changed.size > 0) this.#changed.tell(this.all);
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
