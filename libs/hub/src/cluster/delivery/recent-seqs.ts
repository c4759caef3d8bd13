/** Numbers of one publisher that are remembered. */
const LIMIT = 1_024;

/** Broadcasts that go to several channels and were delivered by one of them: the copies are not. */
export class RecentSeqs {
  readonly #seqs = new Set<number>();

  has(seq: number): boolean {
    return this.#seqs.has(seq);
  }

  add(seq: number): void {
    this.#seqs.add(seq);
    if (this.#seqs.size <= LIMIT) return;
    for (const oldest of this.#seqs) {
      this.#seqs.delete(oldest);
      return;
    }
  }
}
