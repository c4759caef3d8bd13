/** Bytes that all lanes of the process together may have queued past their bounds. */
const MAX_OVERDRAFT = 16 * 1024 * 1024;

/**
 * What the lanes of the process have queued past their bounds. They do so only while a client owes an
 * answer, which stands behind its other messages; many such clients must not fill the memory.
 */
class Overdraft {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get exhausted(): boolean {
    return this.#bytes >= MAX_OVERDRAFT;
  }

  add(change: number): void {
    this.#bytes += change;
  }
}

export const overdraft = new Overdraft();
