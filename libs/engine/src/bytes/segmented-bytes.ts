import { pageMemory } from './page-memory.js';

/** As much as one step of inflating brings. */
export const SEGMENT = 64 * 1024;
/** 4 MiB that the process keeps: four messages of the default's length that come at a time. */
const SPARES = 64;

const spares: Buffer[] = [];

/**
 * Bytes whose number nobody knows before they are all there, in segments that are used again: memory that
 * grows with them would be moved, and left behind, each time they double.
 */
export class SegmentedBytes {
  /** Bytes so far. */
  length = 0;

  private readonly segments: Buffer[] = [];
  // How much of the last segment is free.
  private room = 0;

  /** Takes the next bytes, which are only needed during the call. */
  append(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      if (this.room === 0) {
        this.segments.push(spares.pop() ?? pageMemory(SEGMENT));
        this.room = SEGMENT;
      }
      const taken = Math.min(this.room, piece.length - at);
      this.segments.at(-1)!.set(piece.subarray(at, at + taken), SEGMENT - this.room);
      this.room -= taken;
      at += taken;
    }
    this.length += piece.length;
  }

  /** Moves all of them to the beginning of `target`, and lets go of the segments. */
  moveTo(target: Buffer): void {
    let at = 0;
    for (const segment of this.segments) {
      const taken = Math.min(SEGMENT, this.length - at);
      target.set(segment.subarray(0, taken), at);
      at += taken;
    }
    this.release();
  }

  /** Gives the segments to others. Nothing is left. */
  release(): void {
    for (const segment of this.segments) if (spares.length < SPARES) spares.push(segment);
    this.segments.length = 0;
    this.length = 0;
    this.room = 0;
  }
}
