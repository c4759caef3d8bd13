import { LimitError } from '#engine';

/** Bytes of publications that may wait for a store, of all rooms together; then they are refused. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Bytes that one of them takes beside its data. */
const WAITING_OVERHEAD = 1_024;

/** What publications that wait for a store take. */
export class WaitingBytes {
  #bytes = 0;

  /** @throws {LimitError} when there is no room for one more. */
  check(): void {
    if (this.#bytes <= MAX_WAITING_BYTES) return;
    throw new LimitError(
      `Cannot publish: ${MAX_WAITING_BYTES} bytes wait for the history store already`,
      'WS_ERR_HISTORY_BUSY',
    );
  }

  /** Counts one until it has settled. */
  until<Value>(published: Promise<Value>, size: number): Promise<Value> {
    // Kept for as long as it waits.
    const weight = size + WAITING_OVERHEAD;
    this.#bytes += weight;
    return published.finally(() => {
      this.#bytes -= weight;
    });
  }
}
