/** Bytes kept of one node; past them the oldest goes. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What an entry costs beside its bytes: a log of tiny messages is bounded as well. */
const ENTRY_OVERHEAD = 64;
/** Bytes that are forgotten together. */
const STEP = 64 * 1024;

/** What this node keeps on the server for repair, over all sessions: says what may go from there. */
export class OwnLog {
  readonly #steps: { readonly first: number; bytes: number }[] = [];
  #newest = 0;
  #bytes = 0;

  /** Counts an entry. @returns the lowest number that is kept */
  add(seq: number, bytes: number): number {
    // Sent once more: it was counted.
    if (seq < this.#newest) return this.#oldest;
    this.#newest = seq;
    const size = bytes + ENTRY_OVERHEAD;
    const last = this.#steps.at(-1);
    if (last === undefined || last.bytes >= STEP) this.#steps.push({ first: seq, bytes: size });
    else last.bytes += size;
    this.#bytes += size;
    while (this.#bytes > MAX_BYTES && this.#steps.length > 1) {
      this.#bytes -= this.#steps.shift()?.bytes ?? 0;
    }
    return this.#oldest;
  }

  get #oldest(): number {
    return this.#steps[0]?.first ?? 0;
  }
}
