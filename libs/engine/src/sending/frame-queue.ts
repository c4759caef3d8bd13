import { FrameRun } from './frame-run.js';
import { FrameSlab, LARGEST_ON_SLAB } from './frame-slab.js';
import type { DropRule } from './send-policy.js';

/** A larger frame is not worth copying to let it leave together with the next ones. */
const SMALL = 16 * 1024;
/** Waiting frames of this size on are told one by one, for their memory may wait in several queues. */
const LARGE = 16 * 1024;

/** Told what no longer waits although it has not been taken. */
export interface FrameQueueOwner {
  /** So many bytes of this memory wait here from now on; fewer when `bytes` is negative. */
  largeFrameWaits(memory: ArrayBufferLike, bytes: number): void;
  /**
   * A whole frame gives way to another or to none; told before anything has changed.
   * @param at which one: `offsetOf(at)` tells where its bytes begin
   * @param length its bytes
   * @param instead bytes that take their place
   */
  frameGone(at: number, length: number, instead: number): void;
}

/**
 * Frames that wait, in order. They are taken in pieces of any size or many together, and may be dropped
 * or replaced as long as no byte of them has been taken. It does no I/O and knows no time.
 */
export class FrameQueue {
  /** Bytes that wait, without those of a frame that is half taken. */
  bytes = 0;
  /** Bytes of large frames, those already taken of the first one among them. */
  largeBytes = 0;
  /** Frames that wait; one that is half taken counts. */
  count = 0;
  /** Frames a policy has dropped, replaced or not let in so far. */
  dropped = 0;

  // Each is a frame or, where it has its place in `runs`, several.
  private frames: Buffer[] = NONE;
  private runs: (FrameRun | undefined)[] | null = null;
  // Which frames may be dropped, and under which key; null while none of them may.
  private keys: (string | undefined)[] | null = null;
  private head = 0;
  // Bytes of the first frame that were taken already.
  private headOffset = 0;
  // Made when a frame has to wait for a slow peer.
  private slab: FrameSlab | null = null;
  // Behind all others: those that are on the slab and have nobody between them. The next one may join.
  private lastRun: FrameRun | null = null;
  // What `reserve` has given, if it is no part of the slab.
  private reserved: Buffer | null = null;

  constructor(private readonly owner: FrameQueueOwner) {}

  /** Pieces of memory that wait: those of a run are one. */
  get pieces(): number {
    return this.frames.length - this.head + (this.lastRun === null ? 0 : 1);
  }

  /** Whether several pieces wait of which the first is whole and small: then `takeInto` is worth it. */
  get startsSmall(): boolean {
    if (this.headOffset > 0 || this.pieces < 2) return false;
    return this.frames[this.head]!.length <= SMALL;
  }

  /** Bytes that wait before the frame `at` of which `frameGone` tells; only while it does. */
  offsetOf(at: number): number {
    let offset = -this.headOffset;
    for (let earlier = this.head; earlier < at; earlier++) offset += this.frames[earlier]!.length;
    return offset;
  }

  /**
   * Memory for a frame that is to wait, from `reservedAt` on. `commit` adds it once it is written.
   * @param long whether it will wait for a slow peer: then it must not keep a slab of Node's pool alive
   */
  reserve(size: number, long: boolean): Buffer {
    if (!long || size > LARGEST_ON_SLAB) {
      this.reserved = long ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafe(size);
      return this.reserved;
    }
    this.slab ??= new FrameSlab();
    if (this.slab.reserve(size, this.bytes)) this.endRun();
    return this.slab.memory;
  }

  /** Where to write in what was reserved. */
  get reservedAt(): number {
    return this.reserved === null ? this.slab!.at : 0;
  }

  /** Adds the frame of `size` bytes, by its own header, for which memory was reserved last. */
  commit(size: number): void {
    const { reserved } = this;
    if (reserved !== null) {
      this.reserved = null;
      this.push(reserved);
      return;
    }
    const slab = this.slab!;
    this.lastRun ??= new FrameRun(slab.memory, slab.at);
    this.lastRun.length += size;
    slab.at += size;
    this.count++;
    this.bytes += size;
  }

  /** @param frame at least one byte; it must not change while it waits */
  push(frame: Buffer, key?: string): void {
    this.endRun();
    this.add(frame, key, undefined);
    this.count++;
    this.bytes += frame.length;
    if (frame.length >= LARGE) this.largeComes(frame);
  }

  /** Adds a frame whose first `taken` bytes have left another way; only while nothing waits. */
  pushRest(frame: Buffer, taken: number): void {
    this.push(frame);
    this.headOffset = taken;
    this.bytes -= taken;
  }

  /**
   * Adds a whole frame that may be dropped later, or drops it now.
   * @param rule any policy but `close` and `volatile`
   * @param maxBytes 0 = no limit; a frame with nothing else before it is always let through
   * @param maxFrames 0 = no limit
   * @param ahead bytes that wait elsewhere and count for `maxBytes`, too
   * @returns whether the frame is waiting now
   */
  offer(
    frame: Buffer,
    rule: DropRule,
    maxBytes: number,
    maxFrames: number,
    ahead: number,
  ): boolean {
    const key = rule.key ?? '';
    if (rule.policy === 'latest' && this.replace(key, frame)) return true;
    const mayDropOld = rule.policy !== 'drop-new';
    this.endRun();
    while (this.isFull(frame.length + ahead, maxBytes, maxFrames)) {
      if (mayDropOld && this.dropOldest()) continue;
      this.dropped++;
      return false;
    }
    this.keys ??= this.frames.map(() => undefined);
    this.push(frame, key);
    return true;
  }

  /** Takes the first piece, or what is left of it, but at most `max` bytes; only while one waits. */
  take(max: number): Buffer {
    if (this.head === this.frames.length) this.endRun();
    const first = this.frames[this.head]!;
    const start = this.headOffset;
    const end = Math.min(first.length, start + max);
    this.bytes -= end - start;
    const run = this.runs?.[this.head];
    if (run !== undefined) this.count -= run.take(end);
    else if (end === first.length) this.count--;
    if (end < first.length) {
      this.headOffset = end;
    } else {
      if (this.isLarge(this.head)) this.largeGoes(first);
      this.shift(1);
    }
    return start === 0 && end === first.length ? first : first.subarray(start, end);
  }

  /**
   * Takes as many pieces as `target` has room for, back to back from 0 on; only while `startsSmall`.
   * @returns their bytes
   */
  takeInto(target: Buffer): number {
    const { frames } = this;
    let length = 0;
    let at = this.head;
    for (; at < frames.length; at++) {
      const frame = frames[at]!;
      if (length + frame.length > target.length) break;
      target.set(frame, length);
      if (this.isLarge(at)) this.largeGoes(frame);
      this.count -= this.runs?.[at]?.take(frame.length) ?? 1;
      length += frame.length;
    }
    this.bytes -= length;
    this.shift(at - this.head);
    return length;
  }

  /** Drops all frames but one that is half taken. @returns how many */
  dropWhole(): number {
    const { count, headOffset } = this;
    let half = headOffset > 0 ? this.frames[this.head]! : null;
    let start = 0;
    const run = this.runs?.[this.head];
    if (half !== null && run !== undefined) {
      start = run.nextStart;
      half = headOffset > start ? half.subarray(start, run.nextEnd) : null;
    }
    this.clear();
    if (half !== null) this.pushRest(half, headOffset - start);
    return count - this.count;
  }

  /** Tells that no large frame waits any more, though some may still leave. */
  letGoOfLarge(): void {
    if (this.largeBytes === 0) return;
    for (let at = this.head; at < this.frames.length; at++) {
      if (this.isLarge(at)) this.largeGoes(this.frames[at]!);
    }
  }

  /** Forgets everything that waits. */
  clear(): void {
    this.letGoOfLarge();
    this.frames = NONE;
    this.runs = null;
    this.keys = null;
    this.slab = null;
    this.lastRun = null;
    this.count = 0;
    this.head = 0;
    this.headOffset = 0;
    this.bytes = 0;
  }

  /** What comes next is no part of the run. */
  private endRun(): void {
    const run = this.lastRun;
    if (run === null) return;
    this.lastRun = null;
    this.runs ??= this.frames.map(() => undefined);
    this.add(run.bytes, undefined, run);
  }

  private add(bytes: Buffer, key: string | undefined, run: FrameRun | undefined): void {
    if (this.frames === NONE) this.frames = [];
    this.frames.push(bytes);
    if (this.keys !== null) this.keys.push(key);
    if (this.runs !== null) this.runs.push(run);
  }

  /** Whether `at` is a frame that is told one by one. */
  private isLarge(at: number): boolean {
    return this.frames[at]!.length >= LARGE && this.runs?.[at] === undefined;
  }

  private isFull(size: number, maxBytes: number, maxFrames: number): boolean {
    const waiting = this.count;
    if (maxFrames > 0 && waiting >= maxFrames) return true;
    return maxBytes > 0 && waiting > 0 && this.bytes + size > maxBytes;
  }

  /** The first frame of which no byte has been taken. */
  private get firstWhole(): number {
    return this.headOffset > 0 ? this.head + 1 : this.head;
  }

  /** @returns false when nothing that waits may be dropped. */
  private dropOldest(): boolean {
    const { keys } = this;
    if (keys === null) return false;
    for (let at = this.firstWhole; at < keys.length; at++) {
      if (keys[at] === undefined) continue;
      this.resize(at, 0);
      this.frames.splice(at, 1);
      this.runs?.splice(at, 1);
      keys.splice(at, 1);
      this.count--;
      return true;
    }
    return false;
  }

  /** Puts `frame` in the place of one that waits under the same key: no key can be put off for ever. */
  private replace(key: string, frame: Buffer): boolean {
    const at = this.keys?.indexOf(key, this.firstWhole) ?? -1;
    if (at < 0) return false;
    this.resize(at, frame.length);
    this.frames[at] = frame;
    if (frame.length >= LARGE) this.largeComes(frame);
    return true;
  }

  /** A whole frame gives way to one of another length, or to none. */
  private resize(at: number, length: number): void {
    const before = this.frames[at]!.length;
    if (before >= LARGE) this.largeGoes(this.frames[at]!);
    this.owner.frameGone(at, before, length);
    this.dropped++;
    this.bytes += length - before;
  }

  private largeComes({ buffer, length }: Buffer): void {
    this.largeBytes += length;
    this.owner.largeFrameWaits(buffer, length);
  }

  private largeGoes({ buffer, length }: Buffer): void {
    this.largeBytes -= length;
    this.owner.largeFrameWaits(buffer, -length);
  }

  private shift(count: number): void {
    this.headOffset = 0;
    this.head += count;
    if (this.head === this.frames.length) {
      this.frames.length = 0;
      this.runs = null;
      this.keys = null;
      if (this.lastRun === null) this.slab = null;
      this.head = 0;
    } else if (this.head >= 64 && this.head * 2 > this.frames.length) {
      this.frames.splice(0, this.head);
      this.runs?.splice(0, this.head);
      this.keys?.splice(0, this.head);
      this.head = 0;
    }
  }
}

// Shared by all queues in which nothing has waited yet; replaced before the first push.
const NONE: Buffer[] = [];
