import { writeHeader } from '../protocol/frame-header.js';

/** As much as one write is worth: larger frames get a buffer of their own. */
export const ARENA_SIZE = 64 * 1024;

/**
 * One output buffer for many connections. The connection whose chunk is being parsed writes its
 * replies into it back to back, so that they leave with one write, without an allocation each. Who
 * that is, the arena knows, too. Writers are told apart by identity; it asks nothing of them.
 */
export class OutputArena {
  private buffer = Buffer.allocUnsafeSlow(ARENA_SIZE);
  private writer: object | null = null;
  private end = 0;
  private receiver: object | null = null;

  /** Who writes into the arena now, null when it is free. */
  get owner(): object | null {
    return this.writer;
  }

  /** All of its memory; only its owner may write there, from `length` on. */
  get bytes(): Buffer {
    return this.buffer;
  }

  /** How far the owner has written. */
  get length(): number {
    return this.end;
  }

  /** What the owner has written. */
  get written(): Buffer {
    return this.buffer.subarray(0, this.end);
  }

  /** Whose chunk is being parsed, null between chunks. */
  get receiving(): object | null {
    return this.receiver;
  }

  /** From here to `endChunk` replies of `receiver` leave together, and nobody else may keep the arena. */
  beginChunk(receiver: object): void {
    this.receiver = receiver;
  }

  endChunk(): void {
    this.receiver = null;
  }

  /** Claims the arena for `writer`, who may keep it until it flushes. @returns false when others are in the way */
  claimIfFree(writer: object): boolean {
    if (this.writer !== null || (this.receiver !== null && this.receiver !== writer)) return false;
    this.claim(writer);
    return true;
  }

  /** Whether anything here still refers to `writer`. */
  knows(writer: object): boolean {
    return this.writer === writer || this.receiver === writer;
  }

  /** Bytes of `writer` that are in the arena. */
  heldFor(writer: object): number {
    return this.writer === writer ? this.end : 0;
  }

  claim(writer: object): void {
    this.writer = writer;
    this.end = 0;
  }

  /** Records that the owner has written up to `end`. */
  extend(end: number): void {
    this.end = end;
  }

  /**
   * Writes the header of a frame that is larger than the arena, and as much of its payload as there is
   * room for then; only while empty. @returns how many bytes of the payload
   */
  fill(first: number, payload: Uint8Array): number {
    const start = writeHeader(this.buffer, 0, first, payload.length, undefined);
    const taken = ARENA_SIZE - start;
    this.buffer.set(payload.subarray(0, taken), start);
    this.end = ARENA_SIZE;
    return taken;
  }

  /** The owner is done; what it wrote is in the hands of the operating system. */
  release(): void {
    this.writer = null;
    this.end = 0;
  }

  /**
   * The owner is done, but the socket still holds on to the bytes, so that they must not change: they
   * stay with it and the next owner gets a new buffer.
   */
  surrender(): void {
    this.buffer = Buffer.allocUnsafeSlow(ARENA_SIZE);
    this.release();
  }
}

/** The process's one arena: one chunk is parsed at a time, of whichever connection. */
export const outputArena = new OutputArena();
