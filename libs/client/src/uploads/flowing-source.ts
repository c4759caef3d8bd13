import { ClientError } from '../support/client-error.js';
import type { ByteSource } from './byte-source.js';

/** Bytes that are waited for before a message is sent, unless there are no more: each costs as much as a large one. */
const LEAST = 4_096;

/** Bytes that come once. What the server has not said it has is kept. */
export class FlowingSource implements ByteSource {
  readonly size: number | undefined;
  readonly #parts: AsyncIterator<unknown, unknown>;
  /** Offset of the first byte that is kept. */
  #base = 0;
  #kept: Uint8Array[] = [];
  #length = 0;
  #ended = false;

  constructor(parts: AsyncIterator<unknown, unknown>, size: number | undefined) {
    this.#parts = parts;
    this.size = size;
  }

  async read(offset: number, most: number): Promise<Uint8Array> {
    if (offset < this.#base) {
      throw new ClientError(
        'NOT_RESUMABLE',
        `The server wants the upload from byte ${offset}, and its source cannot be read again`,
      );
    }
    const wanted = offset + Math.min(most, LEAST);
    while (!this.#ended && this.#base + this.#length < wanted) await this.#pull();
    return this.#slice(offset - this.#base, most);
  }

  release(offset: number): void {
    let first = this.#kept[0];
    while (first !== undefined && this.#base + first.length <= offset) {
      this.#base += first.length;
      this.#length -= first.length;
      this.#kept.shift();
      first = this.#kept[0];
    }
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    // Its own failure to end is nobody's business any more.
    void Promise.resolve(this.#parts.return?.()).catch(() => {});
  }

  async #pull(): Promise<void> {
    const { done, value } = await this.#parts.next();
    if (done === true) this.#ended = true;
    else {
      const bytes = bytesOf(value);
      if (bytes === undefined) {
        throw new TypeError(`Cannot upload: bytes are expected, a part is of type ${typeof value}`);
      }
      if (bytes.length === 0) return;
      // A copy: whoever made it may write the next part into the same memory.
      this.#kept.push(bytes.slice());
      this.#length += bytes.length;
    }
  }

  #slice(start: number, most: number): Uint8Array {
    const size = Math.max(0, Math.min(most, this.#length - start));
    const whole = new Uint8Array(size);
    let filled = 0;
    let at = start;
    for (const part of this.#kept) {
      if (filled === size) break;
      if (at < part.length) {
        const piece = part.subarray(at, at + size - filled);
        whole.set(piece, filled);
        filled += piece.length;
      }
      at = Math.max(0, at - part.length);
    }
    return whole;
  }
}

/** Undefined for what are no bytes. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  // Of whichever realm.
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]'
    ? new Uint8Array(value as ArrayBuffer)
    : undefined;
}
