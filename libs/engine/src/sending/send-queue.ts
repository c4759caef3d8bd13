import type { Duplex } from 'node:stream';
import { headerLength } from '../protocol/frame-header.js';
import { writeFrame, writeTextFrame } from '../protocol/frame-encoder.js';
import { flushSoon, flushThisTurn } from '../runtime/flush-schedule.js';
import { sendBudget, type BudgetMember } from '../runtime/memory-budget.js';
import { FrameQueue, type FrameQueueOwner } from './frame-queue.js';
import { isNodeSocket } from './node-socket.js';
import { Outlet, type OutletOwner } from './outlet.js';
import { ARENA_SIZE, outputArena } from './output-arena.js';
import { NOBODY, type QueueOwner } from './queue-owner.js';
import type { DropRule } from './send-policy.js';
import { SendWaiters, type SendCallback } from './send-waiters.js';

/**
 * Bytes a piece of memory that waits takes beside its own: a Buffer and its place in the queue, 114 as
 * measured on Node 20, and what a slab has left over.
 */
export const PIECE_COST = 150;
/** Bytes of somebody who waits until a frame has left. */
const WAITER_COST = 300;

const enum Scheduled {
  No,
  ThisTurn,
  Soon,
}

/**
 * The way out of one connection: frames in order, one write per chunk or turn. While the socket
 * holds bytes the operating system has not taken, frames wait here instead, where they can be
 * counted, limited and dropped whole.
 */
export class SendQueue implements BudgetMember, FrameQueueOwner, OutletOwner {
  /** @internal */
  readonly outlet: Outlet;
  /** Whether the budget of the process has made it let go: it is closing and counts no more. */
  overBudget = false;

  private readonly waiting = new FrameQueue(this);
  private scheduled: Scheduled = Scheduled.No;
  // Bytes that were handed over or are in the arena: all that was added and does not wait.
  private passed = 0;
  // Made when somebody first waits.
  private waiters: SendWaiters | null = null;
  private reported = false;

  constructor(
    socket: Duplex,
    private owner: QueueOwner,
    node = isNodeSocket(socket),
  ) {
    this.outlet = new Outlet(socket, this, node);
  }

  /** Whether nothing is left of what it did: it may `serve` another connection now. */
  get isIdle(): boolean {
    return (
      this.waiting.bytes === 0 &&
      this.outlet.isIdle &&
      this.scheduled === Scheduled.No &&
      this.waiters === null &&
      !this.overBudget &&
      !outputArena.knows(this)
    );
  }

  /** From here on it is the way out of this connection; only while idle. */
  serve(socket: Duplex, owner: QueueOwner, node = isNodeSocket(socket)): void {
    this.outlet.serve(socket, node);
    this.owner = owner;
    this.passed = 0;
  }

  /** Lets go of the connection it served; only while idle. */
  release(): void {
    this.outlet.release();
    this.owner = NOBODY;
  }

  /** Whether the socket holds bytes the operating system has not taken. */
  get blocked(): boolean {
    return this.outlet.blocked;
  }

  /** When bytes were last taken, on the clock of the timer wheel; only kept while blocked. */
  get progressAt(): number {
    return this.outlet.progressAt;
  }

  /** Bytes accepted and not yet taken by the operating system. */
  get bufferedBytes(): number {
    return this.waiting.bytes + outputArena.heldFor(this) + this.outlet.held;
  }

  /** Whether the operating system has taken all that was added; only a plain socket of Node's tells. */
  get hasLeft(): boolean {
    return this.bufferedBytes === 0 && this.outlet.givesBack && this.outlet.isEmpty;
  }

  /** Frames waiting here, not counting what the socket holds. */
  get waitingFrames(): number {
    return this.waiting.count;
  }

  /** Messages dropped by a policy so far. */
  get dropped(): number {
    return this.waiting.dropped;
  }

  /** Everything written until `uncork` leaves with one write. */
  cork(): void {
    outputArena.beginChunk(this);
  }

  uncork(): void {
    outputArena.endChunk();
    this.flush();
  }

  /** Adds a text frame. `byteLength` is the UTF-8 length of `text`. */
  addText(first: number, text: string, byteLength: number, key: number | undefined): void {
    const size = headerLength(byteLength, key !== undefined) + byteLength;
    if (this.claim(size)) {
      const { bytes, length } = outputArena;
      outputArena.extend(writeTextFrame(bytes, length, first, text, byteLength, key));
      this.passed += size;
    } else {
      const { waiting } = this;
      const memory = waiting.reserve(size, this.blocked);
      writeTextFrame(memory, waiting.reservedAt, first, text, byteLength, key);
      waiting.commit(size);
      this.flushEarly();
    }
    this.scheduleSoon();
  }

  /**
   * Adds a frame. The payload is copied, unless it is large and needs no mask: then it must not
   * change before it has left.
   */
  add(first: number, payload: Uint8Array, key: number | undefined): void {
    const size = headerLength(payload.length, key !== undefined) + payload.length;
    if (size > ARENA_SIZE && key === undefined && this.addLarge(first, payload)) return;
    if (this.claim(size)) {
      const { bytes, length } = outputArena;
      outputArena.extend(writeFrame(bytes, length, first, payload, key));
      this.passed += size;
    } else {
      const { waiting } = this;
      const memory = waiting.reserve(size, this.blocked);
      writeFrame(memory, waiting.reservedAt, first, payload, key);
      waiting.commit(size);
      this.flushEarly();
    }
    this.scheduleSoon();
  }

  /** Goes on from `writeWhole`, which has handed over `size` bytes; only while idle. */
  handedOver(size: number): void {
    this.passed += size;
    this.outlet.lookWhetherTaken();
    if (this.blocked) this.report();
  }

  /** Adds a frame many connections share. It leaves at the end of this turn of the event loop. */
  addShared(frame: Buffer): void {
    this.waiting.push(frame);
    this.flushEarly();
    if (outputArena.receiving === this || this.scheduled !== Scheduled.No) return;
    this.scheduled = Scheduled.ThisTurn;
    flushThisTurn(this);
  }

  /** Adds a frame that may be dropped later, or drops it now; only while blocked. See `FrameQueue`. */
  offer(frame: Buffer, rule: DropRule, maxBytes: number, maxFrames: number): boolean {
    const { waiting } = this;
    return waiting.offer(frame, rule, maxBytes, maxFrames, this.bufferedBytes - waiting.bytes);
  }

  /** @internal Who waits for the frame is told so, the others go on waiting for theirs. */
  frameGone(at: number, length: number, instead: number): void {
    this.waiters?.replace(this.passed + this.waiting.offsetOf(at), length, instead);
  }

  /** @internal */
  largeFrameWaits(memory: ArrayBufferLike, bytes: number): void {
    if (this.overBudget) return;
    if (bytes > 0) sendBudget.share(memory, bytes);
    else sendBudget.unshare(memory, -bytes);
  }

  /** @internal */
  budgetExceeded(): void {
    // What of it is half sent must not drive out the others, too.
    this.waiting.letGoOfLarge();
    this.overBudget = true;
    this.owner.queueOverBudget?.();
  }

  /** Tells the budget of the process what waits here. */
  report(): void {
    if (this.overBudget) return;
    this.reported = this.blocked;
    if (!this.blocked) {
      sendBudget.set(this, 0);
      return;
    }
    const { waiting } = this;
    const beside = waiting.pieces * PIECE_COST + (this.waiters?.count ?? 0) * WAITER_COST;
    // Of a large frame in the middle of its way all of the memory is still there.
    const large = waiting.largeBytes;
    const bytes = Math.max(this.bufferedBytes, large + this.outlet.held) + beside;
    sendBudget.set(this, bytes, large);
  }

  /** `callback` is called once all that was added up to now has left, or never will. */
  afterSent(callback: SendCallback): void {
    (this.waiters ??= new SendWaiters()).add(this.passed + this.waiting.bytes, callback);
    this.scheduleSoon();
  }

  /** @internal */
  outletBlocked(): void {
    this.owner.queueBlocked();
  }

  /** @internal */
  outletFree(): void {
    this.flush();
    if (this.blocked || this.waiting.bytes > 0) return;
    this.outlet.caughtUp();
    this.report();
    this.owner.queueEmptied();
  }

  /** @internal Tells those who wait for what has left. */
  tellLeft(): void {
    const { waiters, outlet } = this;
    // What a destroyed socket threw away counts as written; `abandon` follows.
    if (waiters === null || outlet.destroyed) return;
    waiters.settle(this.passed - outputArena.heldFor(this) - outlet.held - outlet.lost);
    if (waiters.isEmpty) this.waiters = null;
    else if (!outlet.blocked) outlet.confirm();
  }

  /** @internal */
  flushOnSchedule(): void {
    this.flush();
    this.owner.queueFlushed?.();
  }

  /** Hands over as much as the operating system takes. */
  flush(): void {
    this.scheduled = Scheduled.No;
    if (outputArena.owner === this) this.outlet.writeArena();
    while (!this.blocked && this.waiting.bytes > 0) this.flushWaiting();
    if (this.waiters !== null) this.tellLeft();
    if (this.blocked) this.report();
  }

  /**
   * Drops the frames that wait, except the rest of one that is half sent: a peer that does not read
   * gets no more than the Close frame that follows. Who waits for one is told so. @returns how many
   */
  dropWaiting(): number {
    if (outputArena.owner === this) this.outlet.writeArena();
    const dropped = this.waiting.dropWhole();
    this.waiters?.drop(this.passed + this.waiting.bytes);
    return dropped;
  }

  /** The socket is gone: nothing more leaves, and whoever waits is told so. */
  abandon(): void {
    if (outputArena.owner === this) outputArena.release();
    this.waiting.clear();
    this.outlet.blocked = true;
    if (this.reported) sendBudget.set(this, 0);
    this.waiters?.lose();
  }

  private scheduleSoon(): void {
    if (outputArena.receiving === this || this.scheduled === Scheduled.Soon) return;
    this.scheduled = Scheduled.Soon;
    flushSoon(this);
  }

  /** @returns whether there is room for `size` bytes in the arena; else the frame needs its own buffer. */
  private claim(size: number): boolean {
    if (this.blocked || this.waiting.bytes > 0 || size > ARENA_SIZE) return false;
    if (outputArena.owner !== this) return outputArena.claimIfFree(this);
    if (outputArena.length + size <= ARENA_SIZE) return true;
    this.outlet.writeArena();
    // A stream that answers at once, in this process, may have had others use it meanwhile.
    return !this.blocked && this.waiting.bytes === 0 && outputArena.claimIfFree(this);
  }

  /** A loop that sends a lot in one go must find out early whether the peer keeps up. */
  private flushEarly(): void {
    if (this.waiting.bytes >= ARENA_SIZE && !this.blocked) this.flush();
  }

  /** Writes the next piece, or as many small ones together as the arena holds. */
  private flushWaiting(): void {
    const { waiting, outlet } = this;
    if (waiting.startsSmall && outputArena.owner === null) {
      outputArena.claim(this);
      outputArena.extend(waiting.takeInto(outputArena.bytes));
      this.passed += outputArena.length;
      outlet.writeArena();
    } else {
      const piece = waiting.take(outlet.slice);
      this.passed += piece.length;
      outlet.write(piece);
    }
  }

  /**
   * Sends a large frame without copying it: the header and as much of the payload as fits leave
   * through the arena, the rest is handed over as it is. @returns false when others are in the way.
   */
  private addLarge(first: number, payload: Uint8Array): boolean {
    // Room for a whole arena is an empty one.
    if (!this.claim(ARENA_SIZE)) return false;
    const taken = outputArena.fill(first, payload);
    this.passed += ARENA_SIZE;
    const rest = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    this.waiting.pushRest(rest, taken);
    this.flush();
    return true;
  }
}
