import {
  FIN,
  Opcode,
  SendResult,
  WebSocketError,
  isControl,
  type PreparedMessage,
  type SendCallback,
  type SocketTransport,
} from '#engine';
import type { ConnectionConfig } from '../config/config.js';
import type { WebSocketFrame } from '../frame/frame.js';
import { connectionLimits } from '../config/connection-limits.js';
import { controlPayload } from './message.js';

const EMPTY = Buffer.alloc(0);
/** The engine takes larger frames as they are, until they have left. */
const COPY_FROM = 64 * 1024;

/**
 * Sends messages over one connection, in fragments where they are larger than a bound. The callbacks are
 * called when a message has left, or with why it never will; what is returned is false when it is
 * better to wait for `drain` before sending more, or nothing was sent.
 */
export class MessageWriter {
  // Most payload bytes of a frame; Infinity sends every message whole.
  private readonly threshold: number;
  private readonly softMark: number;

  constructor(
    private readonly transport: SocketTransport,
    config: ConnectionConfig,
  ) {
    // A message that is to be compressed goes whole: a fragment cannot be compressed by itself (RFC 7692 6.1).
    const fragments = config.fragmentOutgoingMessages && transport.extensions === '';
    this.threshold = fragments ? (config.fragmentationThreshold ?? Infinity) : Infinity;
    this.softMark = connectionLimits(config).sendSoftMark;
  }

  /** Whether it is better to wait for `drain` before sending more. */
  get isFull(): boolean {
    return this.transport.bufferedAmount >= this.softMark;
  }

  text(text: string, callback?: SendCallback): boolean {
    const { threshold, transport } = this;
    // A UTF-16 unit takes at most three bytes of UTF-8: most messages need not be measured.
    const isWhole = text.length * 3 <= threshold || Buffer.byteLength(text) <= threshold;
    const result = isWhole
      ? transport.sendText(text)
      : this.inFragments(Opcode.Text, Buffer.from(text));
    return this.sent(result, callback);
  }

  /** @param bytes the caller's to use again at once */
  binary(bytes: Buffer, callback?: SendCallback): boolean {
    const { threshold, transport } = this;
    const own = Math.min(bytes.length, threshold) > COPY_FROM ? Buffer.from(bytes) : bytes;
    const result =
      own.length <= threshold ? transport.sendBinary(own) : this.inFragments(Opcode.Binary, own);
    return this.sent(result, callback);
  }

  prepared(message: PreparedMessage): boolean {
    const { opcode, payload } = message;
    if (payload.length <= this.threshold) return this.sent(this.transport.sendPrepared(message));
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    return this.sent(this.inFragments(opcode, bytes));
  }

  /** A data or control frame as it stands, except for the mask. */
  frame(frame: WebSocketFrame, callback?: SendCallback): boolean {
    const payload = frame.binaryPayload ?? EMPTY;
    const result = isControl(frame.opcode)
      ? this.transport.sendFrame(FIN | frame.opcode, controlPayload(payload))
      : this.transport.sendFrame(frame.firstByte, Buffer.from(payload));
    return this.sent(result, callback);
  }

  /** What a call of `send` ends with, for a message the transport was given. */
  sent(result: SendResult, callback?: SendCallback): boolean {
    if (callback) this.transport.afterSent(callback);
    return result === SendResult.Sent || (result === SendResult.Queued && !this.isFull);
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

/** Tells who would send why nothing is sent, on the next tick. */
export function refuseSend(problem: string, callback: SendCallback | undefined): null {
  if (callback) {
    process.nextTick(callback, new WebSocketError(`Cannot send: ${problem}`, 'WS_ERR_NOT_OPEN'));
  }
  return null;
}
