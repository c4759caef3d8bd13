import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Decompressor } from '../protocol/decompressor.js';
import { settingsKey } from './deflater.js';
import type { DeflateSettings } from './zlib-handle.js';
import { FLUSH_TAIL } from './window.js';

/**
 * Compression with Node's documented functions only, for a Node without the synchronous binding. The
 * history that context takeover needs is given back to zlib as a preset dictionary. A message is
 * inflated when it is complete, so that bad UTF-8 in a compressed message shows only then.
 */
const EMPTY = Buffer.alloc(0);
const WINDOW = 32 * 1024;
/** Final blocks in one message: each costs a zlib state here, and two bytes to the peer. */
const MAX_STREAMS = 1024;

/** The last bytes of a direction, as far as a window reaches back. */
class History {
  private bytes = EMPTY;

  get dictionary(): { dictionary?: Buffer } {
    return this.bytes.length === 0 ? {} : { dictionary: this.bytes };
  }

  add(message: Uint8Array, windowBits: number): void {
    const all = Buffer.concat([this.bytes, message]);
    this.bytes = all.subarray(Math.max(0, all.length - Math.min(WINDOW, 1 << windowBits)));
  }
}

export class OneShotInflater implements Decompressor {
  private parts: Buffer[] = [];
  private complete = false;
  private readonly history = new History();

  /** @param maxOutput most bytes of one message; zlib stops one byte above it. 0 = no limit */
  constructor(
    private readonly takeover: boolean,
    private readonly windowBits: number,
    private readonly maxOutput: number,
  ) {}

  feed(input: Buffer, last: boolean): void {
    this.parts.push(input);
    this.complete = last;
  }

  next(): Buffer | null {
    if (!this.complete) return EMPTY;
    this.complete = false;
    const input = Buffer.concat(this.parts);
    this.parts = [];
    if (input.length === 0) return EMPTY;
    try {
      const output = this.inflate(Buffer.concat([input, FLUSH_TAIL]));
      if (this.takeover) this.history.add(output, this.windowBits);
      return output;
    } catch (error) {
      // More than the limit is not corrupt: the caller judges by the length it is shown.
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      return tooLarge ? Buffer.alloc(this.maxOutput + 1) : null;
    }
  }

  /** One zlib stream after another: a block marked final ends one, not the message (7.2.3.4). */
  private inflate(input: Buffer): Buffer {
    const outputs: Buffer[] = [];
    let room = this.maxOutput + 1;
    let rest = input;
    let dictionary = this.history.dictionary;
    for (let streams = 1; streams <= MAX_STREAMS; streams++) {
      const { buffer, engine } = inflateRawSync(rest, {
        finishFlush: constants.Z_SYNC_FLUSH,
        info: true,
        ...(this.takeover && { windowBits: this.windowBits }),
        ...(this.maxOutput > 0 && { maxOutputLength: Math.max(1, room) }),
        ...dictionary,
      }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
      outputs.push(buffer);
      room -= buffer.length;
      rest = rest.subarray(engine.bytesWritten);
      // What is left of the tail completes a block, or is the end of nothing behind a final one.
      if (rest.length === 0 || rest.length === FLUSH_TAIL.length) return Buffer.concat(outputs);
      dictionary = {};
    }
    throw new Error('Too many final blocks');
  }

  end(): void {
    this.parts = [];
  }
}

export class OneShotDeflater {
  /** See `Deflater.sharedKey`. */
  readonly sharedKey: string | null;

  private readonly history = new History();

  constructor(
    private readonly takeover: boolean,
    private readonly settings: DeflateSettings,
  ) {
    this.sharedKey = takeover ? null : settingsKey(settings);
  }

  compress(payload: Uint8Array): Buffer {
    if (payload.length === 0) return Buffer.from([0x00]);
    const output = deflateRawSync(payload, {
      ...this.settings,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...this.history.dictionary,
    });
    if (this.takeover) this.history.add(payload, this.settings.windowBits);
    return output.subarray(0, output.length - FLUSH_TAIL.length);
  }

  end(): void {
    // Nothing is kept between messages but the history.
  }
}
