import { encodeFrame } from '../protocol/frame-encoder.js';
import { Opcode } from '../protocol/opcode.js';

/**
 * A message encoded and framed once, to be sent to any number of connections. All of them send the
 * same bytes, which works for servers because their frames carry no mask (RFC 6455 5.1).
 */
export class PreparedMessage {
  private cachedFrame: Buffer | null = null;

  private constructor(
    /** Text or Binary. */
    readonly opcode: number,
    readonly payload: Uint8Array,
  ) {}

  static text(text: string): PreparedMessage {
    return new PreparedMessage(Opcode.Text, Buffer.from(text));
  }

  /** Takes the bytes as they are; they must not change afterwards. */
  static binary(data: Uint8Array): PreparedMessage {
    return new PreparedMessage(Opcode.Binary, data);
  }

  /** Payload bytes. */
  get byteLength(): number {
    return this.payload.length;
  }

  /** The whole frame, unmasked and uncompressed. */
  get frame(): Buffer {
    return (this.cachedFrame ??= encodeFrame(this.opcode, this.payload));
  }
}
