/** Removed places at the front from which on the array is packed. */
const PACK_FROM = 64;

/** A queue whose front is taken off in constant time, and whose middle can be looked at. */
export class Fifo<Item> {
  #items: Item[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** The one at a place, 0 being the oldest. */
  at(place: number): Item | undefined {
    return place < 0 ? undefined : this.#items[this.#head + place];
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head];
    this.drop(1);
    return item;
  }

  /** Takes off the oldest ones. */
  drop(count: number): void {
    this.#head = Math.min(this.#head + count, this.#items.length);
    // Packed when more than half is gone: each item is moved once at most, on average.
    if (this.#head < PACK_FROM && this.#head < this.#items.length) return;
    if (this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }

  /** @param from a place, 0 being the oldest */
  slice(from = 0): Item[] {
    return this.#items.slice(this.#head + Math.max(0, from));
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
