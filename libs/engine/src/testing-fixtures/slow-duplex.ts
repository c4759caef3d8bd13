import { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

/**
 * A socket whose other side takes bytes when told to. Taking, it takes them within `write`, as the
 * operating system does while its buffer has room. Not taking, it looks at the bytes only when they
 * are released: whoever changes them before shows in what arrives.
 */
export class SlowDuplex extends Duplex {
  /** Sizes of the writes that carried bytes. */
  readonly writes: number[] = [];
  private taking = true;
  private held: { readonly chunk: Buffer; readonly done: Done } | null = null;
  private readonly taken: Buffer[] = [];

  constructor() {
    super({ highWaterMark: 16 * 1024, autoDestroy: true });
  }

  /** Everything taken so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.taken);
  }

  /** From here on bytes stay where they are. */
  block(): void {
    this.taking = false;
  }

  /** Takes what is held, and from here on everything at once. */
  unblock(): void {
    this.taking = true;
    this.takeHeld();
  }

  /** Takes one write that is held, and goes on holding. */
  takeHeld(): void {
    const held = this.held;
    if (held === null) return;
    this.held = null;
    this.taken.push(Buffer.from(held.chunk));
    held.done();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    if (chunk.length > 0) this.writes.push(chunk.length);
    if (this.taking) {
      this.taken.push(Buffer.from(chunk));
      done();
    } else {
      this.held = { chunk, done };
    }
  }

  override _destroy(error: Error | null, done: Done): void {
    const held = this.held;
    this.held = null;
    held?.done(error ?? new Error('Destroyed'));
    done(error);
  }
}
