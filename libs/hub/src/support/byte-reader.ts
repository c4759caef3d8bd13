import { fromWellFormed } from './lossless-text.js';

/** The bytes are not what they claim to be. Its message quotes nothing of them. */
export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
}

/** Reads what a `ByteWriter` wrote; what others wrote is refused before anything is allocated. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes that have not been read. */
  get left(): number {
    return this.#buffer.length - this.#at;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#skip(1));
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#skip(2));
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#skip(4));
  }

  u48(): number {
    return this.#buffer.readUIntBE(this.#skip(6), 6);
  }

  /** @throws {MalformedBytes} above 2^53 - 1 */
  u64(): number {
    const value = this.u32() * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) throw new MalformedBytes('A safe integer is expected');
    return value;
  }

  /** @param limit UTF-16 units it may have */
  text(limit: number): string {
    const length = this.u16();
    const start = this.#skip(length);
    const value = fromWellFormed(this.#buffer.toString('utf8', start, start + length));
    if (value.length > limit) throw new MalformedBytes(`A text of at most ${limit} is expected`);
    return value;
  }

  /** A view of bytes behind their length. */
  bytes(limit = Infinity): Buffer {
    const length = this.u32();
    if (length > limit) throw new MalformedBytes(`At most ${limit} bytes are expected`);
    return this.raw(length);
  }

  /** A view of as many bytes. */
  raw(length: number): Buffer {
    const start = this.#skip(length);
    return this.#buffer.subarray(start, start + length);
  }

  /** How many of something follow, each of at least `size` bytes. */
  count(limit: number, size = 1): number {
    const count = this.u16();
    if (count > limit || count * size > this.left) {
      throw new MalformedBytes(`At most ${limit} entries are expected`);
    }
    return count;
  }

  /** @throws {MalformedBytes} when bytes are left. */
  end(): void {
    if (this.left > 0) throw new MalformedBytes('Nothing more is expected');
  }

  #skip(length: number): number {
    const start = this.#at;
    if (length > this.left) throw new MalformedBytes('More bytes are expected');
    this.#at += length;
    return start;
  }
}
