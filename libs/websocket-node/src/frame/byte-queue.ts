/** Where a frame takes its bytes from: what is left in it belongs to the next frame. */
export interface ByteSource {
  readonly length: number;
  /** The next `count` bytes, which stay in it. */
  take(count: number): Buffer;
  /** Drops the next `count` bytes. */
  advance(count: number): void;
}

/** Bytes that came in pieces, joined when they are taken and not as they come. */
export class ByteQueue implements ByteSource {
  private pieces: Buffer[] = [];
  private size = 0;

  get length(): number {
    return this.size;
  }

  push(bytes: Buffer): void {
    this.pieces.push(bytes);
    this.size += bytes.length;
  }

  take(count: number): Buffer {
    return this.joined(count).subarray(0, count);
  }

  advance(count: number): void {
    this.pieces[0] = this.joined(count).subarray(count);
    this.size = Math.max(0, this.size - count);
  }

  /** The first piece, all of them made one when it is shorter than `count`. */
  private joined(count: number): Buffer {
    const [first = Buffer.alloc(0)] = this.pieces;
    if (first.length >= count || this.pieces.length < 2) return first;
    const all = Buffer.concat(this.pieces, this.size);
    this.pieces = [all];
    return all;
  }
}
