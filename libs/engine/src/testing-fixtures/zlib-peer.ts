import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  type InflateRaw,
} from 'node:zlib';

/** What a sender takes off the end of each message (RFC 7692 7.2.1). */
export const FLUSH_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/**
 * The far side of permessage-deflate, made of Node's documented streams as anybody would write it.
 * Shares nothing with the engine's own code, so that each can be the other's oracle.
 */
export class ZlibPeer {
  private deflate: DeflateRaw | null = null;
  private inflate: InflateRaw | null = null;

  /**
   * @param windowBits 8-15, for both directions
   * @param takeover whether messages refer back to earlier ones
   */
  constructor(
    private readonly windowBits: number,
    private readonly takeover: boolean,
  ) {}

  async compress(payload: Uint8Array | string): Promise<Buffer> {
    this.deflate ??= createDeflateRaw({ windowBits: this.windowBits, level: 9, memLevel: 9 });
    const bytes = await pass(this.deflate, Buffer.from(payload));
    if (!this.takeover) this.deflate = null;
    const tail = bytes.subarray(-FLUSH_TAIL.length);
    if (!tail.equals(FLUSH_TAIL)) throw new Error(`The flush ends with ${tail.toString('hex')}`);
    return bytes.subarray(0, -FLUSH_TAIL.length);
  }

  async decompress(payload: Uint8Array): Promise<Buffer> {
    this.inflate ??= createInflateRaw({ windowBits: this.windowBits });
    const bytes = await pass(this.inflate, Buffer.concat([payload, FLUSH_TAIL]));
    if (!this.takeover) this.inflate = null;
    return bytes;
  }
}

/** What comes out of `stream` for `input`. @throws what the stream reports */
async function pass(stream: DeflateRaw | InflateRaw, input: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  const collect = (part: Buffer) => parts.push(part);
  stream.on('data', collect);
  try {
    await new Promise<void>((resolve, reject) => {
      stream.once('error', reject);
      stream.write(input);
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.removeListener('error', reject);
        resolve();
      });
    });
  } finally {
    stream.removeListener('data', collect);
  }
  return Buffer.concat(parts);
}

/** Bytes that repeat what stood exactly `distance` bytes before, and nothing nearer. */
export function textRepeatingAt(distance: number, length = 4 * distance): Buffer {
  const noise = Buffer.alloc(distance);
  let state = 12_345;
  for (let at = 0; at < distance; at++) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    noise[at] = state >>> 16;
  }
  const text = Buffer.alloc(length);
  for (let at = 0; at < length; at++) text[at] = noise[at % distance]!;
  return text;
}

/** A stored DEFLATE block (RFC 1951 3.2.4). */
export function storedBlock(payload: Uint8Array | string, final = false): Buffer {
  const bytes = Buffer.from(payload);
  const header = Buffer.alloc(5);
  header[0] = final ? 1 : 0;
  header.writeUInt16LE(bytes.length, 1);
  header.writeUInt16LE(0xffff ^ bytes.length, 3);
  return Buffer.concat([header, bytes]);
}
