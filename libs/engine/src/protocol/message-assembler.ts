import { constants } from 'node:buffer';
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
  // Whether its memory is longer than anybody has announced the message to be.
  private guessed = false;
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
    if (needed > this.bytes.length) this.grow(needed, ahead);
    this.bytes.set(piece, this.length);
    this.length = needed;
    return true;
  }

  /** @returns whether the text may end here; true for what is not validated. */
  endsWhole(): boolean {
    return this.validator === null || this.validator.end();
  }

  /** The whole message in one buffer, asked for once: what is binary is kept, and then no longer than it is. */
  join(): Buffer {
    const { bytes, length } = this;
    if (bytes.length === length) return bytes;
    const whole = bytes.subarray(0, length);
    if (this.validator !== null || !this.guessed) return whole;
    const kept = Buffer.allocUnsafeSlow(length);
    kept.set(whole);
    this.recycle();
    return kept;
  }

  /** Gives the message's memory to a later one. What `join` returned must not be used any more. */
  recycle(): void {
    const { bytes } = this;
    this.bytes = EMPTY;
    giveSpare(bytes);
  }

  private grow(needed: number, announced: number | undefined): void {
    const ahead = announced ?? this.length;
    this.guessed = announced === undefined;
    const wanted = Math.max(FIRST_SIZE, Math.min(needed + ahead, AHEAD * needed));
    const size = Math.min(wanted, constants.MAX_LENGTH);
    // Not for what is binary and announced, which is handed on in this very memory; text becomes a string,
    // and what grows by guess a copy.
    const isLent = this.validator !== null || this.guessed;
    const found = isLent ? takeSpare(size, needed + ahead) : null;
    const grown = found ?? Buffer.allocUnsafeSlow(size);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
