import { Utf8Validator } from './utf8.js';

/** Pieces at least this long are kept as they are; shorter ones are copied together. */
const KEEP_FROM = 4096;
const FIRST_COMPACT = 256;

/**
 * Collects one message that did not arrive as one frame in one chunk.
 *
 * Its memory stays within twice the bytes received: a small piece costs a copy instead of a Buffer
 * object and the 64 KiB chunk behind it, so a peer gains nothing from one-byte fragments or segments.
 */
export class MessageAssembler {
  /** Bytes so far. */
  length = 0;
  /** Frames so far. */
  fragments = 0;
  /** Pieces so far. */
  chunks = 0;
  /** Whether every byte so far is known to be below 0x80. */
  ascii = true;

  private readonly kept: Buffer[] = [];
  private compact: Buffer | null = null;
  private compactLength = 0;
  private readonly validator: Utf8Validator | null;

  /** @param validate check while collecting that the message is UTF-8 */
  constructor(validate: boolean) {
    this.validator = validate ? new Utf8Validator() : null;
  }

  /**
   * Takes the next bytes.
   * @param ascii whether all of them are known to be below 0x80
   * @returns false when the message can no longer become valid UTF-8
   */
  append(piece: Buffer, ascii: boolean): boolean {
    this.chunks++;
    this.length += piece.length;
    if (this.validator !== null && !this.validator.push(piece, ascii)) return false;
    this.ascii &&= ascii;
    if (piece.length >= KEEP_FROM) {
      this.keepCompact();
      this.kept.push(piece);
    } else {
      this.copy(piece);
    }
    return true;
  }

  /** Takes bytes that are only valid during the call. See `append`. */
  appendView(view: Buffer, ascii: boolean): boolean {
    return this.append(view.length >= KEEP_FROM ? Buffer.from(view) : view, ascii);
  }

  /** @returns whether the text may end here; true for what is not validated. */
  endsWhole(): boolean {
    return this.validator === null || this.validator.end();
  }

  /** The whole message in one buffer. */
  join(): Buffer {
    this.keepCompact();
    return this.kept.length === 1 ? this.kept[0]! : Buffer.concat(this.kept, this.length);
  }

  private copy(piece: Buffer): void {
    const needed = this.compactLength + piece.length;
    if (this.compact === null || this.compact.length < needed) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, FIRST_COMPACT, 2 * this.compactLength));
      if (this.compact !== null) this.compact.copy(grown, 0, 0, this.compactLength);
      this.compact = grown;
    }
    this.compact.set(piece, this.compactLength);
    this.compactLength = needed;
  }

  private keepCompact(): void {
    if (this.compact === null) return;
    this.kept.push(this.compact.subarray(0, this.compactLength));
    this.compact = null;
    this.compactLength = 0;
  }
}
