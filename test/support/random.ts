import { seeded } from '../client/support/random.js';

/** Choices that are the same for the same seed. */
export class Random {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seeded(seed);
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(from: readonly Item[]): Item {
    if (from.length === 0) throw new Error('Cannot pick from an empty list');
    return from[this.below(from.length)] as Item;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at++) bytes[at] = this.below(256);
    return bytes;
  }

  /** Lengths to cut so many bytes into: whole, byte by byte, or at random points. */
  cuts(length: number): number[] {
    // Thousands of pieces show nothing that hundreds do not.
    const least = Math.ceil(length / 500);
    const most = Math.max(least, this.pick([1, 3, 20, 300, length]));
    const sizes: number[] = [];
    for (let left = length; left > 0;) {
      const size = most >= length ? left : Math.min(left, this.between(1, most));
      sizes.push(size);
      left -= size;
    }
    return sizes;
  }
}
