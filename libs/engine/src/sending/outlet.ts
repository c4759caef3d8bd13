import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { now } from '../runtime/timer-wheel.js';
import { isHttp2Stream } from './http2-stream.js';
import { holdsNothing, isNodeSocket, isUntouched } from './node-socket.js';
import { outputArena } from './output-arena.js';

/** A larger piece is handed over in slices, smaller ones once the peer turned out to be slow. */
const SLICE = 256 * 1024;
/** Progress is only seen when a slice has left: with 64 KiB, down to 6.5 KB/s in 10 s. */
const SLOW_SLICE = 64 * 1024;
/** Bytes that may be on their way through TLS before its peer counts as slow. */
const IN_FLIGHT = 64 * 1024;
const EMPTY = Buffer.alloc(0);

/** Told what the socket does with what it was given. */
export interface OutletOwner {
  /** It holds bytes that the operating system has not taken: nothing more should be given to it. */
  outletBlocked(): void;
  /** The operating system has taken what it held. */
  outletFree(): void;
  /** What was written before `confirm` has left. */
  tellLeft(): void;
}

/** The socket of one connection, as what bytes leave through, and whether it lets them through. */
export class Outlet {
  /** Whether the socket holds bytes the operating system has not taken. */
  blocked = false;
  /** When bytes were last taken, on the clock of the timer wheel; only kept while blocked. */
  progressAt = 0;
  /** Bytes that met a socket which takes no more. */
  lost = 0;
  /**
   * Whether bytes the socket still holds mean that the peer is slow. TLS holds all of them until they
   * are encrypted, later in the same turn.
   */
  direct: boolean;

  private slow = false;
  private confirming = false;
  private onTaken: ((error?: Error | null) => void) | null = null;

  /** @param node whether the socket is known to be Node's own, see `isNodeSocket` */
  constructor(
    private socket: Duplex,
    private readonly owner: OutletOwner,
    private node = isNodeSocket(socket),
  ) {
    this.direct = isDirect(socket);
  }

  /** From here on it leads to this socket; only while idle. */
  serve(socket: Duplex, node = isNodeSocket(socket)): void {
    this.socket = socket;
    this.node = node;
    this.direct = isDirect(socket);
    this.lost = 0;
  }

  /** Lets go of the socket; only while idle. */
  release(): void {
    this.socket = NOWHERE;
  }

  /** Whether nothing is on its way that it will tell of. */
  get isIdle(): boolean {
    return !this.blocked && !this.confirming;
  }

  /** Bytes the socket holds. */
  get held(): number {
    return this.socket.writableLength;
  }

  /** A destroyed socket counts what it threw away as written. */
  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  /**
   * Whether the socket holds nothing of what it was given once it says so, so that the memory may be
   * used again. Asked at each write, for a socket may be wrapped at any time.
   */
  get givesBack(): boolean {
    return this.node && this.direct && isUntouched(this.socket);
  }

  /** Whether all that was lent to a socket that gives back is free again. */
  get isEmpty(): boolean {
    return holdsNothing(this.socket);
  }

  /** Bytes to hand over at a time. */
  get slice(): number {
    return this.slow ? SLOW_SLICE : SLICE;
  }

  /** @param bytes copied for a socket that may keep or change them, be they shared or its caller's */
  write(bytes: Buffer): void {
    this.hand(this.node && isUntouched(this.socket) ? bytes : Buffer.from(bytes));
  }

  /** Writes what is in the arena, which is free for others from here on. */
  writeArena(): void {
    if (outputArena.length === 0) {
      outputArena.release();
    } else if (this.givesBack) {
      this.hand(outputArena.written);
      if (holdsNothing(this.socket)) outputArena.release();
      else outputArena.surrender();
    } else {
      // The socket keeps what it is given until later; the arena is needed now.
      const copy = Buffer.from(outputArena.written);
      outputArena.release();
      this.hand(copy);
    }
  }

  /** Blocks when the socket holds on to what was written. */
  lookWhetherTaken(): void {
    if (this.socket.writableLength <= (this.direct ? 0 : IN_FLIGHT)) return;
    this.blocked = true;
    this.slow = true;
    this.progressAt = now();
    // Called when all before it has left; 'drain' would only tell above the high-water mark.
    this.socket.write(EMPTY, (this.onTaken ??= this.taken.bind(this)));
    this.owner.outletBlocked();
  }

  /** Nothing waits any more: the peer has caught up. */
  caughtUp(): void {
    this.slow = false;
  }

  /** For a socket that takes its time with what it was given, without being blocked. */
  confirm(): void {
    if (this.direct || this.confirming || !this.socket.writable) return;
    this.confirming = true;
    this.socket.write(EMPTY, () => {
      this.confirming = false;
      this.owner.tellLeft();
    });
  }

  private hand(bytes: Buffer): void {
    const { socket } = this;
    if (!socket.writable) {
      // Ended or destroyed meanwhile; the transport hears of it from the socket itself.
      this.lost += bytes.length;
      return;
    }
    socket.write(bytes);
    this.lookWhetherTaken();
  }

  private taken(error?: Error | null): void {
    if (error) return;
    this.blocked = false;
    this.progressAt = now();
    this.owner.outletFree();
  }
}

/**
 * Hands a frame to a socket for which nothing waits, without a queue: a broadcast does this for each of
 * its receivers.
 * @param node whether the socket is known to be Node's own; any other gets a copy
 * @returns false when some of it is still there; then a queue has to go on
 */
export function writeWhole(socket: Duplex, frame: Buffer, node = isNodeSocket(socket)): boolean {
  // Ended or destroyed meanwhile; the transport hears of it from the socket itself.
  if (!socket.writable) return true;
  socket.write(node && isUntouched(socket) ? frame : Buffer.from(frame));
  return socket.writableLength === 0;
}

/** A stream of HTTP/2 holds what it was given until its session sends it, later in the same turn, as TLS does. */
function isDirect(socket: Duplex): boolean {
  return !(socket instanceof TLSSocket) && !isHttp2Stream(socket);
}

// Where an outlet leads that serves nobody: it must not keep a closed connection alive.
const NOWHERE = new Duplex();
