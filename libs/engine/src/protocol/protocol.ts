import { isSendableCloseCode, CloseCode } from './close-code.js';
import { LimitError, ProtocolError } from './errors.js';
import { FrameDecoder, type FrameSink } from './frame-decoder.js';
import type { FrameHeader } from './frame-header.js';
import { readUtf8 } from './buffer-text.js';
import type { ProtocolLimits } from './limits.js';
import { MessageAssembler } from './message-assembler.js';
import { Opcode, isControl } from './opcode.js';
import { isValidUtf8 } from './utf8.js';

/** Which end of the connection this is; it decides who masks (RFC 6455 5.1). */
export type Role = 'server' | 'client';

/** Told what the peer sent, each call complete and validated. Payloads belong to the sink. */
export interface ProtocolSink {
  textReceived(payload: Buffer, ascii: boolean): void;
  binaryReceived(payload: Buffer): void;
  pingReceived(payload: Buffer): void;
  pongReceived(payload: Buffer): void;
  /** A Close frame: the last thing this peer can say. `code` is 1005 when it carried none. */
  closeReceived(code: number, reason: string): void;
  /** The peer broke a rule; nothing after it is parsed. The connection is to be failed (7.1.7). */
  violated(error: ProtocolError | LimitError): void;
}

/**
 * The receiving half of one end of a connection, without I/O: bytes in, calls on a sink out. It
 * never throws for what a peer sent: every violation becomes one `violated` call.
 */
export class Protocol implements FrameSink {
  private readonly decoder: FrameDecoder;
  private message: MessageAssembler | null = null;
  private messageOpcode: number = Opcode.Continuation;
  // RFC 6455 5.1: a server must be sent masked frames, a client unmasked ones.
  private readonly expectMask: boolean;

  constructor(
    role: Role,
    private readonly limits: ProtocolLimits & { maxFramesPerTurn: number },
    private readonly sink: ProtocolSink,
  ) {
    this.expectMask = role === 'server';
    this.decoder = new FrameDecoder(this, limits.maxFramesPerTurn);
  }

  /** Whether received bytes wait for `resume`: held back, or left over by the frame budget. */
  get pending(): boolean {
    return this.decoder.pending;
  }

  /** Takes the next bytes from the peer. They are changed in place. */
  receive(chunk: Buffer): void {
    this.decoder.receive(chunk);
  }

  /** No sink call follows the one being handled until `resume`. */
  hold(): void {
    this.decoder.hold();
  }

  resume(): void {
    this.decoder.resume();
  }

  /** Discards everything from here on and lets go of what was collected. */
  end(): void {
    this.decoder.end();
    this.message = null;
  }

  frameStarts(header: FrameHeader): boolean {
    if (header.rsv !== 0) return this.refuseReservedBits(header);
    const opcode = header.opcode;
    if (opcode === Opcode.Text || opcode === Opcode.Binary) {
      // RFC 6455 5.4: fragments of one message are not interleaved with another message.
      if (this.messageOpcode !== Opcode.Continuation) return this.refuseOpcode(opcode);
    } else if (opcode === Opcode.Continuation) {
      if (this.messageOpcode === Opcode.Continuation) return this.refuseOpcode(opcode);
    } else if (opcode === Opcode.Close || opcode === Opcode.Ping || opcode === Opcode.Pong) {
      if (!header.fin) {
        // RFC 6455 5.5: control frames must not be fragmented.
        return this.violation('Invalid WebSocket frame: FIN must be set', 'WS_ERR_EXPECTED_FIN');
      }
      if (header.length > 125) return this.refuseControlLength(header.length);
    } else {
      return this.refuseOpcode(opcode);
    }
    if (header.masked !== this.expectMask) {
      return this.expectMask
        ? this.violation('Invalid WebSocket frame: MASK must be set', 'WS_ERR_EXPECTED_MASK')
        : this.violation('Invalid WebSocket frame: MASK must be clear', 'WS_ERR_UNEXPECTED_MASK');
    }
    return true;
  }

  lengthKnown(header: FrameHeader): boolean {
    if (!header.minimal && this.limits.requireMinimalLength) {
      return this.violation(
        `Invalid WebSocket frame: length ${header.length} is not in the fewest bytes`,
        'WS_ERR_NON_MINIMAL_LENGTH',
      );
    }
    if (isControl(header.opcode)) return true;
    const { maxPayload, maxFragments } = this.limits;
    if (header.length === Infinity) {
      return this.overLimit(
        'Unsupported WebSocket frame: payload length > 2^53 - 1',
        'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
        CloseCode.MessageTooBig,
      );
    }
    // The whole message is judged by its declared length, before a byte of it is buffered.
    const total = header.length + (this.message === null ? 0 : this.message.length);
    if (maxPayload > 0 && total > maxPayload) {
      return this.overLimit(
        'Max payload size exceeded',
        'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
        CloseCode.MessageTooBig,
      );
    }
    const fragments = 1 + (this.message === null ? 0 : this.message.fragments);
    if (maxFragments > 0 && fragments > maxFragments) {
      return this.overLimit(
        'Too many message fragments',
        'WS_ERR_TOO_MANY_BUFFERED_PARTS',
        CloseCode.PolicyViolation,
      );
    }
    return true;
  }

  frame(header: FrameHeader, payload: Buffer, ascii: boolean): boolean {
    switch (header.opcode) {
      case Opcode.Text:
        return header.fin
          ? this.wholeText(payload, ascii)
          : this.collect(header, payload, ascii, true);
      case Opcode.Binary:
        if (!header.fin) return this.collect(header, payload, ascii, true);
        this.sink.binaryReceived(payload);
        return true;
      case Opcode.Ping:
        this.sink.pingReceived(payload);
        return true;
      case Opcode.Pong:
        this.sink.pongReceived(payload);
        return true;
      case Opcode.Close:
        return this.closeFrame(payload);
      default:
        return this.collect(header, payload, ascii, true);
    }
  }

  framePiece(header: FrameHeader, piece: Buffer, ascii: boolean, last: boolean): boolean {
    return this.collect(header, piece, ascii, last);
  }

  private wholeText(payload: Buffer, ascii: boolean): boolean {
    if (!ascii && !this.limits.skipUTF8Validation && !isValidUtf8(payload)) {
      return this.refuseUtf8();
    }
    this.sink.textReceived(payload, ascii);
    return true;
  }

  private collect(header: FrameHeader, piece: Buffer, ascii: boolean, last: boolean): boolean {
    let message = this.message;
    if (message === null) {
      const validate = header.opcode === Opcode.Text && !this.limits.skipUTF8Validation;
      message = this.message = new MessageAssembler(validate);
      this.messageOpcode = header.opcode;
    }
    const { maxBufferedChunks } = this.limits;
    if (maxBufferedChunks > 0 && message.chunks >= maxBufferedChunks) {
      return this.overLimit(
        'Too many buffered chunks',
        'WS_ERR_TOO_MANY_BUFFERED_PARTS',
        CloseCode.PolicyViolation,
      );
    }
    if (!message.append(piece, ascii)) return this.refuseUtf8();
    if (last) {
      message.fragments++;
      if (header.fin) return this.completeMessage(message);
    }
    return true;
  }

  private completeMessage(message: MessageAssembler): boolean {
    const isText = this.messageOpcode === Opcode.Text;
    this.message = null;
    this.messageOpcode = Opcode.Continuation;
    if (!message.endsWhole()) return this.refuseUtf8();
    const payload = message.join();
    if (isText) this.sink.textReceived(payload, message.ascii);
    else this.sink.binaryReceived(payload);
    return true;
  }

  private closeFrame(payload: Buffer): boolean {
    if (payload.length === 1) return this.refuseControlLength(1);
    let code: number = CloseCode.NoStatus;
    let reason = '';
    if (payload.length >= 2) {
      code = payload.readUInt16BE(0);
      if (!isSendableCloseCode(code)) {
        return this.violation(
          `Invalid WebSocket frame: invalid status code ${code}`,
          'WS_ERR_INVALID_CLOSE_CODE',
        );
      }
      if (!this.limits.skipUTF8Validation && !isValidUtf8(payload.subarray(2))) {
        return this.refuseUtf8();
      }
      reason = readUtf8(payload, 2, payload.length);
    }
    this.end();
    this.sink.closeReceived(code, reason);
    return false;
  }

  private refuseReservedBits(header: FrameHeader): boolean {
    const rsv1 = header.rsv === 0x40;
    return this.violation(
      `Invalid WebSocket frame: ${rsv1 ? 'RSV1' : 'RSV2 and RSV3'} must be clear`,
      rsv1 ? 'WS_ERR_UNEXPECTED_RSV_1' : 'WS_ERR_UNEXPECTED_RSV_2_3',
    );
  }

  private refuseOpcode(opcode: number): boolean {
    return this.violation(
      `Invalid WebSocket frame: invalid opcode ${opcode}`,
      'WS_ERR_INVALID_OPCODE',
    );
  }

  private refuseControlLength(length: number): boolean {
    return this.violation(
      `Invalid WebSocket frame: invalid payload length ${length}`,
      'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
    );
  }

  private refuseUtf8(): boolean {
    return this.violation(
      'Invalid WebSocket frame: invalid UTF-8 sequence',
      'WS_ERR_INVALID_UTF8',
      CloseCode.InvalidPayload,
    );
  }

  private violation(message: string, code: string, closeCode?: number): false {
    this.end();
    this.sink.violated(new ProtocolError(message, code, closeCode));
    return false;
  }

  private overLimit(message: string, code: string, closeCode: number): false {
    this.end();
    this.sink.violated(new LimitError(message, code, closeCode));
    return false;
  }
}
