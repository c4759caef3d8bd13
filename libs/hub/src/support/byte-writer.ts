import { toWellFormed } from './lossless-text.js';

/** Bytes a new one has room for. */
const INITIAL_CAPACITY = 256;

/** Writes big-endian numbers, texts and bytes one behind the other. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = INITIAL_CAPACITY) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    this.#length = this.#room(1).writeUInt8(value, this.#length);
    return this;
  }

  u16(value: number): this {
    this.#length = this.#room(2).writeUInt16BE(value, this.#length);
    return this;
  }

  u32(value: number): this {
    this.#length = this.#room(4).writeUInt32BE(value, this.#length);
    return this;
  }

  u48(value: number): this {
    this.#length = this.#room(6).writeUIntBE(value, this.#length, 6);
    return this;
  }

  /** A whole number from 0 to 2^53 - 1. */
  u64(value: number): this {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }

  /** Any text, of at most 65,535 bytes of UTF-8, behind its length. */
  text(given: string): this {
    const value = toWellFormed(given);
    const length = Buffer.byteLength(value);
    this.u16(length);
    this.#room(length).write(value, this.#length);
    this.#length += length;
    return this;
  }

  /** Bytes behind their length. */
  bytes(value: Uint8Array): this {
    return this.u32(value.length).raw(value);
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): this {
    this.#room(value.length).set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** What was written; a view that is not used again when nothing more is written. */
  done(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #room(length: number): Buffer {
    const needed = this.#length + length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    return this.#buffer;
  }
}
