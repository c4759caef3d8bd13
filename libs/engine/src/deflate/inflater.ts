import { constants } from 'node:zlib';
import type { Decompressor } from '../protocol/decompressor.js';
import { ZlibHandle } from './zlib-handle.js';
import { FLUSH_TAIL, MAX_WINDOW_BITS } from './window.js';

const EMPTY = Buffer.alloc(0);

/** Output of one step, shared by all connections: a step is synchronous and its output is copied. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

// States between messages of connections without context takeover: any of them serves any message.
const MAX_IDLE = 8;
const idle: ZlibHandle[] = [];

/**
 * Inflates the messages of one connection. With context takeover it keeps a window of its own; without,
 * it borrows a state for as long as one message takes, so that idle connections have none.
 */
export class Inflater implements Decompressor {
  private handle: ZlibHandle | null = null;
  private input = EMPTY;
  private at = 0;
  private last = false;
  // Whether the message has had a byte: one without any has no block that the tail could complete.
  private started = false;
  private tailFed = false;

  /**
   * @param takeover whether the peer refers back to earlier messages
   * @param windowBits the peer's window, 8-15; only used with takeover
   */
  constructor(
    private readonly takeover: boolean,
    private readonly windowBits: number,
  ) {}

  feed(input: Buffer, last: boolean): void {
    this.handle ??= this.takeover
      ? ZlibHandle.inflate(this.windowBits)
      : (idle.pop() ?? ZlibHandle.inflate(MAX_WINDOW_BITS));
    this.input = input as Buffer<ArrayBuffer>;
    this.at = 0;
    this.last = last;
    this.started ||= input.length > 0;
    this.tailFed = false;
  }

  next(): Buffer | null {
    const handle = this.handle;
    if (handle === null) return EMPTY;
    let stuck = false;
    for (;;) {
      const length = this.input.length - this.at;
      if (!handle.write(constants.Z_SYNC_FLUSH, this.input, this.at, length, scratch, 0)) {
        this.end();
        return null;
      }
      const produced = scratch.length - handle.availableOut;
      const consumed = length - handle.availableIn;
      this.at += consumed;
      if (produced > 0) return scratch.subarray(0, produced);
      if (handle.availableIn > 0) {
        // A block marked final ends zlib's stream but not the message (RFC 7692 7.2.3.4).
        if (stuck && consumed === 0) {
          this.end();
          return null;
        }
        stuck = consumed === 0;
        handle.reset();
        // Behind a final block the tail is the end of nothing, and would spoil the next message.
        if (stuck && this.tailFed && this.at === 0) break;
      } else if (this.last && !this.tailFed && this.started) {
        this.tailFed = true;
        this.input = FLUSH_TAIL;
        this.at = 0;
      } else {
        break;
      }
    }
    this.input = EMPTY;
    this.at = 0;
    if (this.last) this.messageEnded(handle);
    return EMPTY;
  }

  end(): void {
    this.handle?.close();
    this.handle = null;
    this.input = EMPTY;
  }

  private messageEnded(handle: ZlibHandle): void {
    this.started = false;
    if (this.takeover) return;
    this.handle = null;
    if (idle.length < MAX_IDLE) {
      handle.reset();
      idle.push(handle);
    } else {
      handle.close();
    }
  }
}
