import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { WebSocketError } from '../protocol/errors.js';
import { headerLength, writeHeader } from '../protocol/frame-header.js';
import { writeFrame, writeTextFrame } from '../protocol/frame-encoder.js';
import { flushSoon, flushThisTurn } from '../runtime/flush-schedule.js';
import {
  ARENA_SIZE,
  arenaBytes,
  arenaLength,
  arenaOwner,
  claimArena,
  extendArena,
  releaseArena,
  surrenderArena,
} from './output-arena.js';
import { sendBudget, type BudgetMember } from '../runtime/memory-budget.js';
import type { DropRule } from './send-policy.js';
import { SendWaiters, lostError, type SendCallback } from './send-waiters.js';
import { now } from '../runtime/timer-wheel.js';

/** A larger piece is handed over in slices, smaller ones once the peer turned out to be slow. */
const SLICE = 256 * 1024;
/** Progress is only seen when a slice has left: with 64 KiB, down to 6.5 KB/s in 10 s. */
const SLOW_SLICE = 64 * 1024;
/** Bytes that may be on their way through TLS before its peer counts as slow. */
const IN_FLIGHT = 64 * 1024;
const EMPTY = Buffer.alloc(0);

/** Told what becomes of the queue. */
export interface QueueOwner {
  queueEmptied(): void;
  queueBlocked(): void;
  /** All queues together hold too much, and this one the most. */
  queueOverBudget?(): void;
  /** A flush that was scheduled is done; the queue may have nothing left to do. */
  queueFlushed?(): void;
}

const enum Scheduled {
  No,
  ThisTurn,
  Soon,
}

// The queue of the connection whose chunk is being parsed: it alone may use the arena meanwhile.
let receiving: SendQueue | null = null;

/**
 * The way out of one connection: frames in order, one write per chunk or turn. While the socket
 * holds bytes the operating system has not taken, frames wait here instead, where they can be
 * counted, limited and dropped whole.
 */
export class SendQueue implements BudgetMember {
  /** Whether the socket holds bytes the operating system has not taken. */
  blocked = false;
  /** When bytes were last taken, on the clock of the timer wheel; only kept while blocked. */
  progressAt = 0;
  /** Messages dropped by a policy so far. */
  dropped = 0;
  /** Whether the budget of the process has made it let go: it is closing and counts no more. */
  overBudget = false;

  private frames: Buffer[] = NONE;
  // Which frames may be dropped, and under which key; null while none of them may.
  private keys: (string | undefined)[] | null = null;
  private head = 0;
  // Bytes of the first frame that were handed over already.
  private headOffset = 0;
  private waitingBytes = 0;
  private scheduled: Scheduled = Scheduled.No;
  private accepted = 0;
  // Bytes that met a socket which takes no more.
  private lost = 0;
  // Made when somebody first waits.
  private waiters: SendWaiters | null = null;
  private confirming = false;
  // Whether bytes the socket still holds mean that the peer is slow. TLS holds all of them until
  // they are encrypted, later in the same turn.
  private direct: boolean;
  private slow = false;
  private reported = false;
  private onTaken: ((error?: Error | null) => void) | null = null;

  constructor(
    private socket: Duplex,
    private owner: QueueOwner,
  ) {
    this.direct = !(socket instanceof TLSSocket);
  }

  /** Whether nothing is left of what it did: it may `serve` another connection now. */
  get isIdle(): boolean {
    return (
      this.waitingBytes === 0 &&
      !this.blocked &&
      this.scheduled === Scheduled.No &&
      this.waiters === null &&
      !this.confirming &&
      !this.overBudget &&
      receiving !== this &&
      arenaOwner() !== this
    );
  }

  /** From here on it is the way out of this connection; only while idle. */
  serve(socket: Duplex, owner: QueueOwner): void {
    this.socket = socket;
    this.owner = owner;
    this.direct = !(socket instanceof TLSSocket);
    this.accepted = 0;
    this.lost = 0;
  }

  /** Lets go of the connection it served; only while idle. */
  release(): void {
    this.socket = NOWHERE;
    this.owner = NOBODY;
  }

  /** Bytes accepted and not yet taken by the operating system. */
  get bufferedBytes(): number {
    const inArena = arenaOwner() === this ? arenaLength() : 0;
    return this.waitingBytes + inArena + this.socket.writableLength;
  }

  /** Whether the operating system has taken all that was added; TLS does not tell. */
  get hasLeft(): boolean {
    return this.direct && this.bufferedBytes === 0;
  }

  /** Frames waiting here, not counting what the socket holds. */
  get waitingFrames(): number {
    return this.frames.length - this.head;
  }

  /** Everything written until `uncork` leaves with one write. */
  cork(): void {
    receiving = this;
  }

  uncork(): void {
    receiving = null;
    this.flush();
  }

  /** Adds a text frame. `byteLength` is the UTF-8 length of `text`. */
  addText(first: number, text: string, byteLength: number, key: number | undefined): void {
    const size = headerLength(byteLength, key !== undefined) + byteLength;
    const at = this.claim(size);
    if (at >= 0) {
      extendArena(writeTextFrame(arenaBytes(), at, first, text, byteLength, key));
      this.accept(size);
    } else {
      const frame = this.allocate(size);
      writeTextFrame(frame, 0, first, text, byteLength, key);
      this.push(frame);
    }
    if (receiving !== this) this.scheduleSoon();
  }

  /**
   * Adds a frame. The payload is copied, unless it is large and needs no mask: then it must not
   * change before it has left.
   */
  add(first: number, payload: Uint8Array, key: number | undefined): void {
    const size = headerLength(payload.length, key !== undefined) + payload.length;
    if (size > ARENA_SIZE && key === undefined && this.addLarge(first, payload, size)) return;
    const at = this.claim(size);
    if (at >= 0) {
      extendArena(writeFrame(arenaBytes(), at, first, payload, key));
      this.accept(size);
    } else {
      const frame = this.allocate(size);
      writeFrame(frame, 0, first, payload, key);
      this.push(frame);
    }
    if (receiving !== this) this.scheduleSoon();
  }

  /** Goes on from `writeWhole`, which has handed over `size` bytes; only while idle. */
  handedOver(size: number): void {
    this.accept(size);
    this.lookWhetherTaken();
    if (this.blocked) this.report();
  }

  /** Adds a frame many connections share. It leaves at the end of this turn of the event loop. */
  addShared(frame: Buffer): void {
    this.push(frame);
    if (receiving !== this && this.scheduled === Scheduled.No) {
      this.scheduled = Scheduled.ThisTurn;
      flushThisTurn(this);
    }
  }

  /**
   * Adds a whole frame that may be dropped later, or drops it now; only while blocked.
   * @param rule any policy but `close` and `volatile`
   * @param maxBytes 0 = no limit; a frame with nothing else before it is always let through
   * @param maxFrames 0 = no limit
   * @returns whether the frame is waiting now
   */
  offer(frame: Buffer, rule: DropRule, maxBytes: number, maxFrames: number): boolean {
    const key = rule.key ?? '';
    if (rule.policy === 'latest' && this.replace(key, frame)) return true;
    const mayDropOld = rule.policy !== 'drop-new';
    while (this.isFull(frame.length, maxBytes, maxFrames)) {
      if (mayDropOld && this.dropOldest()) continue;
      this.dropped++;
      return false;
    }
    this.keys ??= this.frames.map(() => undefined);
    this.push(frame, key);
    return true;
  }

  /** @internal */
  budgetExceeded(): void {
    this.overBudget = true;
    this.owner.queueOverBudget?.();
  }

  /** Tells the budget of the process what waits here. */
  report(): void {
    if (this.overBudget) return;
    this.reported = this.blocked;
    sendBudget.set(this, this.blocked ? this.bufferedBytes : 0);
  }

  /** `callback` is called once all that was added up to now has left, or never will. */
  afterSent(callback: SendCallback): void {
    (this.waiters ??= new SendWaiters()).add(this.accepted, callback);
    if (receiving !== this) this.scheduleSoon();
  }

  /** @internal */
  flushOnSchedule(): void {
    this.flush();
    this.owner.queueFlushed?.();
  }

  /** Hands over as much as the operating system takes. */
  flush(): void {
    this.scheduled = Scheduled.No;
    if (arenaOwner() === this) this.flushArena();
    while (!this.blocked && this.waitingBytes > 0) this.flushWaiting();
    if (this.waiters !== null) this.settleWaiters();
    if (this.blocked) this.report();
  }

  /**
   * Drops the frames that wait, except the rest of one that is half sent: a peer that does not read
   * gets no more than the Close frame that follows. Who waits for a dropped frame is told so.
   * @returns the number of frames dropped
   */
  dropWaiting(): number {
    if (arenaOwner() === this) this.flushArena();
    const keep = this.headOffset > 0 ? 1 : 0;
    const dropped = this.waitingFrames - keep;
    const half = keep === 1 ? this.frames[this.head]! : null;
    const before = this.waitingBytes;
    this.clear();
    if (half !== null) {
      this.frames = [half];
      this.waitingBytes = half.length - this.headOffset;
    } else {
      this.headOffset = 0;
    }
    this.accepted -= before - this.waitingBytes;
    this.waiters?.fail(this.accepted, droppedError());
    return dropped;
  }

  /** The socket is gone: nothing more leaves, and whoever waits is told so. */
  abandon(): void {
    if (arenaOwner() === this) releaseArena();
    this.clear();
    this.headOffset = 0;
    this.blocked = true;
    if (this.reported) sendBudget.set(this, 0);
    // No Error is built on the ordinary way out, where nobody waits.
    if (this.waiters === null || this.waiters.isEmpty) return;
    this.waiters.fail(-1, lostError());
  }

  private clear(): void {
    this.frames = NONE;
    this.keys = null;
    this.head = 0;
    this.waitingBytes = 0;
  }

  private isFull(size: number, maxBytes: number, maxFrames: number): boolean {
    const waiting = this.waitingFrames;
    if (maxFrames > 0 && waiting >= maxFrames) return true;
    return maxBytes > 0 && waiting > 0 && this.bufferedBytes + size > maxBytes;
  }

  /** The first frame of which no byte has left. */
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
      keys.splice(at, 1);
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
    return true;
  }

  /** A whole frame gives way to one of another length, or to none; who waits for it is told so. */
  private resize(at: number, length: number): void {
    const change = length - this.frames[at]!.length;
    this.dropped++;
    if (this.waiters !== null) {
      let end = this.accepted;
      for (let later = at + 1; later < this.frames.length; later++) {
        end -= this.frames[later]!.length;
      }
      const start = end - this.frames[at]!.length;
      this.waiters.fail(start, droppedError(), end);
      this.waiters.move(start, change);
    }
    this.waitingBytes += change;
    this.accepted += change;
  }

  private accept(size: number): void {
    this.accepted += size;
  }

  private scheduleSoon(): void {
    if (this.scheduled === Scheduled.Soon) return;
    this.scheduled = Scheduled.Soon;
    flushSoon(this);
  }

  /** Room for `size` bytes in the arena: the offset, or -1 when the frame needs its own buffer. */
  private claim(size: number): number {
    if (this.blocked || this.waitingBytes > 0 || size > ARENA_SIZE) return -1;
    const owner = arenaOwner();
    if (owner !== this) {
      if (owner !== null || (receiving !== null && receiving !== this)) return -1;
      claimArena(this);
    } else if (arenaLength() + size > ARENA_SIZE) {
      this.flushArena();
      if (this.blocked) return -1;
      claimArena(this);
    }
    return arenaLength();
  }

  private allocate(size: number): Buffer {
    // A frame that waits for a slow peer must not keep a slab of Node's pool alive with it.
    return this.blocked ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafe(size);
  }

  private push(frame: Buffer, key?: string): void {
    if (this.frames === NONE) this.frames = [];
    this.frames.push(frame);
    if (this.keys !== null) this.keys.push(key);
    this.waitingBytes += frame.length;
    this.accept(frame.length);
    // A loop that sends a lot in one go must find out early whether the peer keeps up.
    if (this.waitingBytes >= ARENA_SIZE && !this.blocked) this.flush();
  }

  private flushArena(): void {
    const length = arenaLength();
    if (length === 0) {
      releaseArena();
      return;
    }
    const bytes = arenaBytes().subarray(0, length);
    if (!this.direct) {
      // The socket keeps what it is given until later; the arena is needed now.
      releaseArena();
      this.write(Buffer.from(bytes));
      return;
    }
    this.write(bytes);
    if (this.socket.writableLength === 0) releaseArena();
    else surrenderArena();
  }

  /** Writes the next frame, or as many small ones together as the arena holds. */
  private flushWaiting(): void {
    const first = this.frames[this.head]!;
    const alone = this.waitingFrames === 1 || this.headOffset > 0;
    if (alone || first.length > ARENA_SIZE / 4 || arenaOwner() !== null) {
      const end = Math.min(first.length, this.headOffset + (this.slow ? SLOW_SLICE : SLICE));
      const whole = this.headOffset === 0 && end === first.length;
      const piece = whole ? first : first.subarray(this.headOffset, end);
      this.waitingBytes -= piece.length;
      if (end === first.length) this.shift(1);
      else this.headOffset = end;
      this.write(piece);
      return;
    }
    claimArena(this);
    const bytes = arenaBytes();
    let length = 0;
    let taken = 0;
    for (let at = this.head; at < this.frames.length; at++) {
      const frame = this.frames[at]!;
      if (length + frame.length > ARENA_SIZE) break;
      bytes.set(frame, length);
      length += frame.length;
      taken++;
    }
    this.waitingBytes -= length;
    this.shift(taken);
    extendArena(length);
    this.flushArena();
  }

  /**
   * Sends a large frame without copying it: the header and as much of the payload as fits leave
   * through the arena, the rest is handed over as it is. @returns false when others are in the way.
   */
  private addLarge(first: number, payload: Uint8Array, size: number): boolean {
    if (this.claim(ARENA_SIZE) < 0) return false;
    if (arenaLength() > 0) this.flushArena();
    if (this.blocked) return false;
    claimArena(this);
    const bytes = arenaBytes();
    const start = writeHeader(bytes, 0, first, payload.length, undefined);
    const taken = ARENA_SIZE - start;
    bytes.set(payload.subarray(0, taken), start);
    extendArena(ARENA_SIZE);
    if (this.frames === NONE) this.frames = [];
    this.frames.push(Buffer.from(payload.buffer, payload.byteOffset, payload.length));
    this.headOffset = taken;
    this.waitingBytes = payload.length - taken;
    this.accept(size);
    this.flush();
    return true;
  }

  private shift(count: number): void {
    this.headOffset = 0;
    this.head += count;
    if (this.head === this.frames.length) {
      this.frames.length = 0;
      this.keys = null;
      this.head = 0;
    } else if (this.head >= 64 && this.head * 2 > this.frames.length) {
      this.frames.splice(0, this.head);
      this.keys?.splice(0, this.head);
      this.head = 0;
    }
  }

  private write(bytes: Buffer): void {
    const socket = this.socket;
    if (!socket.writable) {
      // Ended or destroyed meanwhile; the transport hears of it from the socket itself.
      this.lost += bytes.length;
      return;
    }
    socket.write(bytes);
    this.lookWhetherTaken();
  }

  private lookWhetherTaken(): void {
    if (this.socket.writableLength <= (this.direct ? 0 : IN_FLIGHT)) return;
    this.blocked = true;
    this.slow = true;
    this.progressAt = now();
    // Called when all before it has left; 'drain' would only tell above the high-water mark.
    this.socket.write(EMPTY, (this.onTaken ??= this.taken.bind(this)));
    this.owner.queueBlocked();
  }

  private taken(error?: Error | null): void {
    if (error) return;
    this.blocked = false;
    this.progressAt = now();
    this.flush();
    if (this.blocked || this.waitingBytes > 0) return;
    this.slow = false;
    this.report();
    this.owner.queueEmptied();
  }

  private settleWaiters(): void {
    // A destroyed socket counts what it threw away as written; `abandon` follows.
    if (this.socket.destroyed) return;
    const waiters = this.waiters!;
    waiters.settle(this.accepted - this.bufferedBytes - this.lost);
    if (waiters.isEmpty) this.waiters = null;
    else if (!this.blocked) this.confirmLater();
  }

  /** For a socket that takes its time with what it was given, without being blocked. */
  private confirmLater(): void {
    if (this.direct || this.confirming || !this.socket.writable) return;
    this.confirming = true;
    this.socket.write(EMPTY, () => {
      this.confirming = false;
      if (this.waiters !== null) this.settleWaiters();
    });
  }
}

/**
 * Hands a frame to a socket for which nothing waits, without a queue: a broadcast does this for each of
 * its receivers. @returns false when some of it is still there; then a queue has to go on
 */
export function writeWhole(socket: Duplex, frame: Buffer): boolean {
  // Ended or destroyed meanwhile; the transport hears of it from the socket itself.
  if (!socket.writable) return true;
  socket.write(frame);
  return socket.writableLength === 0;
}

function droppedError(): WebSocketError {
  return new WebSocketError(
    'Cannot send: the message was dropped because too much was waiting',
    'WS_ERR_SEND_QUEUE_FULL',
  );
}

// What a queue serves that serves nobody: it must not keep a closed connection alive.
const NOWHERE = new Duplex();
const NOBODY: QueueOwner = { queueEmptied() {}, queueBlocked() {} };

// Shared by all queues that have never had to wait; replaced before the first push.
const NONE: Buffer[] = [];
