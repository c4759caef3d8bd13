/**
 * Inflates one direction of a connection, message by message. The protocol drives it in steps, so
 * that a small message that inflates to a huge one is judged while it grows, not afterwards.
 */
export interface Decompressor {
  /** Gives the next compressed bytes of the current message. `last` ends the message. */
  feed(input: Buffer, last: boolean): void;
  /**
   * The next inflated bytes: a view that is only valid until the next call, empty when what was fed
   * is used up, or null when it is corrupt.
   */
  next(): Buffer | null;
  /** Lets go of everything; nothing is fed any more. */
  end(): void;
}
