import { encodeFrame, writeFrame } from '../protocol/frame-encoder.js';
import { FIN, RSV1, headerLength } from '../protocol/frame-header.js';
import { Opcode } from '../protocol/opcode.js';

/** Compresses without context, so that equal keys mean equal bytes. */
interface SharedCompressor {
  /** For a message of `length` bytes; null when there is context after all. */
  sharedKey(length: number): string | null;
  /** @returns a view that is only valid until the next call */
  compress(payload: Uint8Array): Buffer;
}

/**
 * A message encoded and framed once, to be sent to any number of connections. All of them send the
 * same bytes, which works for servers because their frames carry no mask (RFC 6455 5.1).
 */
export class PreparedMessage {
  /** Whether to compress it for connections that agreed on compression. */
  compress = true;

  private cachedFrame: Buffer | null = null;
  private compressed: Map<string, Buffer> | null = null;

  private constructor(
    /** Text or Binary. */
    readonly opcode: number,
    readonly payload: Uint8Array,
  ) {}

  static text(text: string): PreparedMessage {
    return new PreparedMessage(Opcode.Text, Buffer.from(text));
  }

  /** A text that is encoded already: valid UTF-8, taken as it is; it must not change afterwards. */
  static textBytes(utf8: Uint8Array): PreparedMessage {
    return new PreparedMessage(Opcode.Text, utf8);
  }

  /** Takes the bytes as they are; they must not change afterwards. */
  static binary(data: Uint8Array): PreparedMessage {
    return new PreparedMessage(Opcode.Binary, data);
  }

  /** Payload bytes. */
  get byteLength(): number {
    return this.payload.length;
  }

  /** The whole frame, compressed once for all connections with the same parameters. */
  compressedFrame(compressor: SharedCompressor): Buffer {
    const key = compressor.sharedKey(this.byteLength)!;
    const known = this.compressed?.get(key);
    if (known !== undefined) return known;
    const payload = compressor.compress(this.payload);
    const frame = Buffer.allocUnsafe(headerLength(payload.length, false) + payload.length);
    writeFrame(frame, 0, FIN | RSV1 | this.opcode, payload, undefined);
    (this.compressed ??= new Map()).set(key, frame);
    return frame;
  }

  /** The whole frame, unmasked and uncompressed. */
  get frame(): Buffer {
    return (this.cachedFrame ??= encodeFrame(this.opcode, this.payload));
  }
}
