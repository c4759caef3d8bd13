import type { Socket } from 'node:net';

/** Bytes of the longest frame: one message of 4 MiB, or a page of history. */
const MAX_FRAME = 64 * 1024 * 1024;
/** Bytes of the length before each frame. */
const PREFIX = 4;

/** Frames over a stream: a u32 of their length, then their bytes, the first of which is their kind. */
export class FrameStream {
  readonly #socket: Socket;
  readonly #maxBuffered: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #corked = false;

  /**
   * @param received told of each frame, a view that is valid during the call. What it throws ends the stream
   * @param closed told once, when nothing comes any more
   * @param maxBuffered bytes that may wait for the other end; past them the stream is destroyed
   */
  constructor(
    socket: Socket,
    received: (frame: Buffer) => void,
    closed: (error: Error) => void,
    maxBuffered: number,
  ) {
    this.#socket = socket;
    this.#maxBuffered = maxBuffered;
    let failure: Error | undefined;
    socket.on('error', (error) => (failure = error));
    socket.once('close', () => closed(failure ?? new Error('The other end has closed')));
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#read(chunk, received);
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
        socket.destroy();
      }
    });
  }

  /** Sends a frame; those of one turn leave with one write. */
  send(frame: Uint8Array): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    const prefix = Buffer.allocUnsafe(PREFIX);
    prefix.writeUInt32BE(frame.length);
    socket.write(prefix);
    socket.write(frame);
    // Whoever does not read for so long has lost messages in any case: it comes back and repairs.
    if (socket.writableLength > this.#maxBuffered) {
      socket.destroy(new Error(`More than ${this.#maxBuffered} bytes wait for the other end`));
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer, received: (frame: Buffer) => void): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    let needed = this.#needed();
    if (this.#bytes < needed) return;
    const all = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#bytes);
    let at = 0;
    while (this.#bytes - at >= PREFIX) {
      needed = PREFIX + lengthAt(all, at);
      if (this.#bytes - at < needed) break;
      received(all.subarray(at + PREFIX, at + needed));
      if (this.#socket.destroyed) return;
      at += needed;
    }
    this.#bytes -= at;
    this.#chunks = this.#bytes === 0 ? [] : [all.subarray(at)];
  }

  /** Bytes until the first frame is whole, as far as it is known. */
  #needed(): number {
    const [first] = this.#chunks;
    if (first === undefined || this.#bytes < PREFIX) return PREFIX;
    if (first.length >= PREFIX) return PREFIX + lengthAt(first, 0);
    this.#chunks = [Buffer.concat(this.#chunks, this.#bytes)];
    return this.#needed();
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length === 0 || length > MAX_FRAME) {
    throw new Error(`A frame of 1 to ${MAX_FRAME} bytes is expected, current value is ${length}`);
  }
  return length;
}
