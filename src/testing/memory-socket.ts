import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers';

// Kept from before any test fakes the clock: bytes have to arrive all the same.
const later = setImmediate;

type Done = (error?: Error | null) => void;

/**
 * One end of a connection that never leaves the process. It behaves as a TCP socket does where servers
 * can tell: the other end hears of everything a turn later, is held back when it is not read, and sees
 * the end when this one is destroyed.
 */
export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remoteFamily = 'IPv4';
  readonly remotePort = 0;
  /** What Node's TLS sockets have; servers tell `wss:` by it. */
  readonly encrypted: boolean;

  #other!: MemorySocket;
  /** Lets the other end write on. */
  #wanted: Done | undefined;
  #finished = false;

  /** Two ends of one connection. */
  static pair(encrypted = false): [MemorySocket, MemorySocket] {
    const one = new MemorySocket(encrypted);
    const two = new MemorySocket(encrypted);
    one.#other = two;
    two.#other = one;
    return [one, two];
  }

  private constructor(encrypted: boolean) {
    super();
    this.encrypted = encrypted;
  }

  // What an HTTP server may ask of a socket and memory has no use for.

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.#takeMore();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    // Copied, as the kernel does: writer and reader both go on to use their own buffers.
    const bytes = Buffer.from(chunk);
    const other = this.#other;
    later(() => other.#receive(bytes, done));
  }

  override _final(done: Done): void {
    later(() => {
      this.#other.#receiveEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#takeMore();
    later(() => this.#other.#receiveEnd());
    done(error);
  }

  #receive(bytes: Buffer, done: Done): void {
    // Sent to somebody who is gone: lost, as it would be on a wire.
    if (this.destroyed || this.#finished || this.push(bytes)) done();
    else this.#wanted = done;
  }

  #receiveEnd(): void {
    if (this.destroyed || this.#finished) return;
    this.#finished = true;
    this.push(null);
  }

  #takeMore(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
  }
}
