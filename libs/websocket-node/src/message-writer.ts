import {
  FIN,
  Opcode,
  SendResult,
  isControl,
  type PreparedMessage,
  type SocketTransport,
  MAX_CONTROL_PAYLOAD,
} from '#engine';
import type { WebSocketFrame } from './frame.js';

const EMPTY = Buffer.alloc(0);
/** The engine takes larger frames as they are, until they have left. */
const COPY_FROM = 64 * 1024;

/** Sends messages over one connection, in fragments where they are larger than a bound. */
export class MessageWriter {
  /** @param threshold most payload bytes of a frame; Infinity sends every message whole */
  constructor(
    readonly transport: SocketTransport,
    private readonly threshold: number,
  ) {}

  text(text: string): SendResult {
    const { threshold, transport } = this;
    // A UTF-16 unit takes at most three bytes of UTF-8: most messages need not be measured.
    const isWhole = text.length * 3 <= threshold || Buffer.byteLength(text) <= threshold;
    return isWhole ? transport.sendText(text) : this.inFragments(Opcode.Text, Buffer.from(text));
  }

  /** @param bytes the caller's to use again at once */
  binary(bytes: Buffer): SendResult {
    const { threshold, transport } = this;
    const own = Math.min(bytes.length, threshold) > COPY_FROM ? Buffer.from(bytes) : bytes;
    return own.length <= threshold
      ? transport.sendBinary(own)
      : this.inFragments(Opcode.Binary, own);
  }

  prepared(message: PreparedMessage): SendResult {
    const { payload } = message;
    return payload.length <= this.threshold
      ? this.transport.sendPrepared(message)
      : this.inFragments(
          message.opcode,
          Buffer.from(payload.buffer, payload.byteOffset, payload.length),
        );
  }

  /** A data or control frame as it stands, except for the mask. */
  frame(frame: WebSocketFrame): SendResult {
    const payload = frame.binaryPayload ?? EMPTY;
    return isControl(frame.opcode)
      ? this.transport.sendFrame(FIN | frame.opcode, payload.subarray(0, MAX_CONTROL_PAYLOAD))
      : this.transport.sendFrame(frame.firstByte, Buffer.from(payload));
  }

  /** RFC 6455 5.4: the first fragment names the kind of message, the last has FIN. */
  private inFragments(opcode: number, bytes: Buffer): SendResult {
    const { threshold, transport } = this;
    let result: SendResult = SendResult.Sent;
    for (let at = 0; at < bytes.length && result !== SendResult.Closed; at += threshold) {
      const isLast = at + threshold >= bytes.length;
      const first = (isLast ? FIN : 0) | (at === 0 ? opcode : Opcode.Continuation);
      result = transport.sendFrame(first, bytes.subarray(at, at + threshold));
    }
    return result;
  }
}
