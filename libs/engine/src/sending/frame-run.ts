import {
  FrameHeader,
  fullHeaderLength,
  readHeaderRest,
  readHeaderStart,
} from '../protocol/frame-header.js';

const header = new FrameHeader();

/**
 * Small frames that lie back to back in one piece of memory, and wait as one: a place of its own for each,
 * be it the number of its last byte, would cost more than such a frame. Where one ends is read in its
 * header, for one that is half taken must be finished.
 */
export class FrameRun {
  /** Bytes of all of them. */
  length = 0;
  /** Where the first one begins that is not wholly taken. */
  nextStart = 0;

  /** @param start where the first one begins in `memory` */
  constructor(
    private readonly memory: Buffer,
    private readonly start: number,
  ) {}

  /** All of them, as they are. */
  get bytes(): Buffer {
    return this.memory.subarray(this.start, this.start + this.length);
  }

  /** Where the first one ends that is not wholly taken; only while there is one. */
  get nextEnd(): number {
    const { memory, nextStart } = this;
    const at = this.start + nextStart;
    readHeaderStart(memory, at, header);
    readHeaderRest(memory, at, header);
    return nextStart + fullHeaderLength(memory[at + 1]!) + header.length;
  }

  /** The first `end` bytes were taken. @returns how many frames came to their end by that */
  take(end: number): number {
    let count = 0;
    while (this.nextStart < this.length) {
      const { nextEnd } = this;
      if (nextEnd > end) break;
      this.nextStart = nextEnd;
      count++;
    }
    return count;
  }
}
