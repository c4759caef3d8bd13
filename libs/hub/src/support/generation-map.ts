/**
 * A map of bounded size that forgets what was not used for longest, nearly: it has two generations, what is
 * used moves to the young one, and when that is full the old one is forgotten.
 */
export class GenerationMap<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  readonly #limit: () => number;
  /** How many were forgotten. */
  evicted = 0;

  /** @param limit how many there may be, asked when one is added */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (!this.#young.has(key)) {
      this.#old.delete(key);
      if (this.#young.size >= this.#limit() / 2) {
        this.evicted += this.#old.size;
        this.#old = this.#young;
        this.#young = new Map();
      }
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  *[Symbol.iterator](): IterableIterator<[string, Value]> {
    yield* this.#young;
    yield* this.#old;
  }
}
