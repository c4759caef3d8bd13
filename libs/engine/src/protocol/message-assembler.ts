import { constants } from 'node:buffer';
import { SEGMENT, SegmentedBytes } from '../bytes/segmented-bytes.js';
import { giveSpare, takeSpare } from '../bytes/spare-buffer.js';
import { Utf8Validator } from '../bytes/utf8.js';

const EMPTY = Buffer.alloc(0);
const FIRST_SIZE = 256;
/**
 * How far ahead of the bytes that came room is made for those announced: a length in a header is no
 * promise, and a message of 1 MiB read in pieces of 64 KiB is moved once.
 */
const AHEAD = 4;
/**
 * Collects one message that did not arrive as one frame in one chunk. What it is given is copied: it
 * keeps no chunk alive, and a peer gains nothing from one-byte fragments or segments.
 *
 * Its memory stays within four times the bytes received, of which the system provides what is written
 * to, and within the length of the message where that was announced; otherwise within twice.
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

  private bytes: Buffer = EMPTY;
  // Instead of `bytes`, once a message whose length nobody has announced is long.
  private segmented: SegmentedBytes | null = null;
  private readonly validator: Utf8Validator | null;

  /** @param validate check while collecting that the message is UTF-8 */
  constructor(validate: boolean) {
    this.validator = validate ? new Utf8Validator() : null;
  }

  /**
   * Takes the next bytes, which are only needed during the call.
   * @param ascii whether all of them are known to be below 0x80
   * @param ahead bytes announced to follow these; default as many again as there are
   * @returns false when the message can no longer become valid UTF-8
   */
  append(piece: Buffer, ascii: boolean, ahead?: number): boolean {
    if (this.validator !== null && !this.validator.push(piece, ascii)) return false;
    this.chunks++;
    this.ascii &&= ascii;
    const needed = this.length + piece.length;
    if (ahead === undefined && needed > SEGMENT) {
      this.segment().append(piece);
    } else {
      if (needed > this.bytes.length) this.grow(needed, ahead ?? this.length);
      this.bytes.set(piece, this.length);
    }
    this.length = needed;
    return true;
  }

  /** @returns whether the text may end here; true for what is not validated. */
  endsWhole(): boolean {
    return this.validator === null || this.validator.end();
  }

  /** The whole message in one buffer, asked for once. */
  join(): Buffer {
    const { length, segmented } = this;
    if (segmented !== null) {
      this.bytes = this.room(length, length);
      segmented.moveTo(this.bytes);
    }
    return this.bytes.length === length ? this.bytes : this.bytes.subarray(0, length);
  }

  /** Gives the message's memory to a later one. What `join` returned must not be used any more. */
  recycle(): void {
    const { bytes } = this;
    this.bytes = EMPTY;
    giveSpare(bytes);
  }

  /** Lets go of a message that will not be completed. */
  discard(): void {
    this.segmented?.release();
    this.bytes = EMPTY;
  }

  private segment(): SegmentedBytes {
    if (this.segmented === null) {
      this.segmented = new SegmentedBytes();
      this.segmented.append(this.bytes.subarray(0, this.length));
      this.bytes = EMPTY;
    }
    return this.segmented;
  }

  private grow(needed: number, ahead: number): void {
    const wanted = Math.max(FIRST_SIZE, Math.min(needed + ahead, AHEAD * needed));
    const grown = this.room(Math.min(wanted, constants.MAX_LENGTH), needed + ahead);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /**
   * Memory of `size` bytes or more, for `expected`. Used again only for text, which most listeners take as a
   * string: what is binary is theirs to keep.
   */
  private room(size: number, expected: number): Buffer {
    const found = this.validator === null ? null : takeSpare(size, expected);
    return found ?? Buffer.allocUnsafeSlow(size);
  }
}
