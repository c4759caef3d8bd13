import { isAscii } from 'node:buffer';
import { readUtf8 } from '../bytes/buffer-text.js';
import { copyBytes } from '../bytes/copy-bytes.js';
import { CloseCode, isSendableCloseCode } from './close-code.js';
import type { Decompressor } from './decompressor.js';
import type { LimitError, ProtocolError } from './errors.js';
import { FrameDecoder, type FrameSink } from './frame-decoder.js';
import { FrameCollector } from './frame-collector.js';
import type { FrameHeader } from './frame-header.js';
import {
  controlLength,
  corruptMessage,
  frameTooBig,
  invalidCloseCode,
  invalidUtf8,
  judgeLength,
  judgeStart,
  lengthNotMinimal,
  messageTooBig,
  tooManyParts,
  type FrameContext,
} from './frame-rules.js';
import type { ProtocolLimits } from './limits.js';
import { MessageAssembler } from './message-assembler.js';
import { Opcode, isControl } from './opcode.js';
import { isValidUtf8 } from '../bytes/utf8.js';

/**
 * Inflated bytes handed on before other connections get their turn: about a millisecond of work, so
 * that a small message that inflates to the largest one allowed stops nobody.
 */
const INFLATE_SLICE = 256 * 1024;

/** Which end of the connection this is; it decides who masks (RFC 6455 5.1). */
export type Role = 'server' | 'client';

/** Told what the peer sent, each call complete and validated. Payloads belong to the sink. */
export interface ProtocolSink {
  /** @returns whether the sink keeps the payload; one that it does not serves another message */
  textReceived(payload: Buffer, ascii: boolean): boolean;
  /** The same for a message that is `chunk[start, end)`, valid only during the call. */
  textInChunk(chunk: Buffer, start: number, end: number, ascii: boolean): void;
  binaryReceived(payload: Buffer): void;
  pingReceived(payload: Buffer): void;
  pongReceived(payload: Buffer): void;
  /**
   * With `handOutFrames`: each frame as it came, unmasked, before a control frame is also reported as
   * usual. Data frames are reported here alone.
   */
  frameReceived?(fin: boolean, rsv: number, opcode: number, payload: Buffer): void;
  /** A Close frame: the last thing this peer can say. `code` is 1005 when it carried none. */
  closeReceived(code: number, reason: string): void;
  /** The peer broke a rule; nothing after it is parsed. The connection is to be failed (7.1.7). */
  violated(error: ProtocolError | LimitError): void;
}

/**
 * The receiving half of one end of a connection, without I/O: bytes in, calls on a sink out. It
 * never throws for what a peer sent: every violation becomes one `violated` call.
 */
export class Protocol implements FrameSink, FrameContext {
  private readonly decoder: FrameDecoder;
  private message: MessageAssembler | null = null;
  private messageOpcode: number = Opcode.Continuation;
  private compressed = false;
  // Bytes of the current compressed message as they came, before inflating.
  private wireLength = 0;
  // The frame that is being inflated, while its inflating is spread over several turns.
  private inflating: 'piece' | 'message' | null = null;
  // Bytes that may still be inflated before other connections get their turn.
  private slice = INFLATE_SLICE;
  private spent = false;
  private userHold = false;
  // Instead of `message`, for a sink that wants frames.
  private frames: FrameCollector | null = null;
  /** RFC 6455 5.1: a server must be sent masked frames, a client unmasked ones. */
  expectMask: boolean;

  constructor(
    role: Role,
    private limits: ProtocolLimits & { maxFramesPerTurn: number },
    private sink: ProtocolSink,
    private decompressor: Decompressor | null = null,
  ) {
    this.expectMask = role === 'server';
    this.decoder = new FrameDecoder(this, limits.maxFramesPerTurn);
  }

  /** Whether it stands between two messages and holds nothing: it may `serve` another connection now. */
  get isIdle(): boolean {
    return (
      this.message === null &&
      this.messageOpcode === Opcode.Continuation &&
      this.inflating === null &&
      !this.spent &&
      !this.userHold &&
      this.frames === null &&
      this.decoder.isIdle
    );
  }

  /** From here on it parses what comes on another connection; only while idle. See the constructor. */
  serve(
    role: Role,
    limits: ProtocolLimits & { maxFramesPerTurn: number },
    sink: ProtocolSink,
    decompressor: Decompressor | null,
  ): void {
    this.expectMask = role === 'server';
    this.limits = limits;
    this.sink = sink;
    this.decompressor = decompressor;
    this.decoder.framesPerTurn = limits.maxFramesPerTurn;
  }

  /** Lets go of the connection it served; only while idle. */
  release(): void {
    this.sink = NOBODY;
    this.decompressor = null;
  }

  /** Whether a fragmented message is under way. */
  get inMessage(): boolean {
    return this.messageOpcode !== Opcode.Continuation;
  }

  /** Whether RSV1 has a meaning. */
  get compression(): boolean {
    return this.decompressor !== null;
  }

  /** Whether received bytes wait for `resume`: held back, or left over by the frame budget. */
  get pending(): boolean {
    return this.inflating !== null || this.decoder.pending;
  }

  /** Bytes held of a message that is not complete yet. */
  get heldBytes(): number {
    return this.frames === null ? (this.message?.length ?? 0) : this.frames.length;
  }

  /** Whether what is pending is inflating, of which each `resume` does a slice. */
  get busy(): boolean {
    return this.inflating !== null || this.spent;
  }

  /**
   * From here on frames are handed out one by one instead of assembled messages. `maxPayload` and
   * `maxFragments` then have no meaning: `maxFrame` bounds what is held.
   */
  handOutFrames(): void {
    this.frames = new FrameCollector(!this.limits.skipUTF8Validation);
  }

  /**
   * Takes the next bytes from the peer.
   * @param chunk changed in place, and not needed after the call
   * @param length how many bytes of it are meant
   */
  receive(chunk: Buffer, length = chunk.length): void {
    this.slice = INFLATE_SLICE;
    if (this.spent && !this.userHold && !this.pending) this.goOn();
    this.decoder.receive(chunk, length);
  }

  /** No sink call follows the one being handled until `resume`. */
  hold(): void {
    this.userHold = true;
    this.decoder.hold();
  }

  /** Goes on after `hold`, or with the work that the last call left for another turn. */
  resume(): void {
    this.userHold = false;
    this.slice = INFLATE_SLICE;
    if (this.inflating !== null) {
      if (!this.inflate(this.message!) || this.inflating !== null || this.userHold) return;
    }
    this.goOn();
  }

  private goOn(): void {
    this.spent = false;
    this.decoder.resume();
  }

  /** Discards everything from here on and lets go of what was collected. */
  end(): void {
    this.decoder.end();
    this.message = null;
    this.frames?.end();
    this.inflating = null;
    this.spent = false;
    this.decompressor?.end();
  }

  // FrameSink: what the decoder finds.

  frameStarts(header: FrameHeader): boolean {
    const error = judgeStart(header, this);
    return error === null || this.violation(error);
  }

  lengthKnown(header: FrameHeader): boolean {
    if (!header.minimal && this.limits.requireMinimalLength) {
      return this.violation(lengthNotMinimal(header.length));
    }
    const { message } = this;
    const allowed = this.frames === null ? this.limits.maxPayload : 0;
    const compressed = message === null ? header.rsv !== 0 : this.compressed;
    // The whole message is judged by its declared length, before a byte of it is buffered.
    const error = compressed
      ? judgeLength(header, message === null ? 0 : this.wireLength, compressedBound(allowed))
      : judgeLength(header, message === null ? 0 : message.length, allowed);
    if (error !== null) return this.violation(error);
    const { maxFrame, maxFragments } = this.limits;
    if (maxFrame > 0 && header.length > maxFrame && !isControl(header.opcode)) {
      return this.violation(frameTooBig(header.length, maxFrame));
    }
    if (maxFragments > 0 && message !== null && message.fragments >= maxFragments) {
      if (!isControl(header.opcode)) return this.violation(tooManyParts('message fragments'));
    }
    return true;
  }

  frame(header: FrameHeader, payload: Buffer): boolean {
    if (this.frames !== null) {
      if (!isControl(header.opcode)) return this.handOut(this.frames, header, payload, 0, true);
      this.sink.frameReceived?.(header.fin, header.rsv, header.opcode, payload);
    }
    switch (header.opcode) {
      case Opcode.Ping:
        this.sink.pingReceived(payload);
        return true;
      case Opcode.Pong:
        this.sink.pongReceived(payload);
        return true;
      case Opcode.Close:
        return this.closeFrame(payload);
      default:
        if (header.rsv !== 0) return this.inflateWhole(header, payload);
        this.sink.binaryReceived(payload);
        return true;
    }
  }

  textFrame(
    header: FrameHeader,
    chunk: Buffer,
    start: number,
    end: number,
    ascii: boolean,
  ): boolean {
    if (this.frames !== null) return this.frame(header, copyBytes(chunk, start, end));
    if (!ascii && !this.limits.skipUTF8Validation && !isValidUtf8(chunk.subarray(start, end))) {
      return this.violation(invalidUtf8());
    }
    this.sink.textInChunk(chunk, start, end, ascii);
    return true;
  }

  framePiece(header: FrameHeader, piece: Buffer, ascii: boolean, ahead: number): boolean {
    return this.frames === null
      ? this.collect(header, piece, ascii, ahead)
      : this.handOut(this.frames, header, piece, ahead, false);
  }

  private handOut(
    frames: FrameCollector,
    header: FrameHeader,
    piece: Buffer,
    ahead: number,
    owned: boolean,
  ): boolean {
    const payload = frames.add(header, piece, ahead, owned);
    if (payload === null) return this.violation(invalidUtf8());
    if (ahead > 0) return true;
    if (header.fin) this.messageOpcode = Opcode.Continuation;
    else if (!this.inMessage) this.messageOpcode = header.opcode;
    this.sink.frameReceived?.(header.fin, header.rsv, header.opcode, payload);
    return true;
  }

  private wholeText(payload: Buffer, ascii: boolean): boolean {
    if (!ascii && !this.limits.skipUTF8Validation && !isValidUtf8(payload)) {
      return this.violation(invalidUtf8());
    }
    this.sink.textReceived(payload, ascii);
    return true;
  }

  /** @param ahead bytes of the frame that follow the piece; 0 ends the frame */
  private collect(header: FrameHeader, piece: Buffer, ascii: boolean, ahead: number): boolean {
    const last = ahead === 0;
    const message = (this.message ??= this.begin(header));
    const { maxBufferedChunks } = this.limits;
    if (maxBufferedChunks > 0 && message.chunks >= maxBufferedChunks) {
      return this.violation(tooManyParts('buffered chunks'));
    }
    if (last) message.fragments++;
    const complete = last && header.fin;
    if (this.compressed) {
      this.wireLength += piece.length;
      // A copy, for inflating it may be spread over several turns.
      this.decompressor!.feed(Buffer.from(piece), complete);
      this.inflating = complete ? 'message' : 'piece';
      return this.inflate(message);
    }
    // Behind a frame that is not the last there will be others: with room for as many bytes again
    // fragments are not moved each time one comes.
    const expected = header.fin ? ahead : Math.max(ahead, message.length);
    if (!message.append(piece, ascii, expected)) return this.violation(invalidUtf8());
    return complete ? this.completeMessage(message) : true;
  }

  private begin(header: FrameHeader): MessageAssembler {
    this.messageOpcode = header.opcode;
    this.compressed = header.rsv !== 0;
    this.wireLength = 0;
    return new MessageAssembler(header.opcode === Opcode.Text && !this.limits.skipUTF8Validation);
  }

  /** Inflates a message that came in one piece: mostly a small one, done in one step. */
  private inflateWhole(header: FrameHeader, payload: Buffer): boolean {
    const decompressor = this.decompressor!;
    decompressor.feed(payload, true);
    let view = decompressor.next();
    if (view === null) return this.violation(corruptMessage());
    const { maxPayload } = this.limits;
    if (maxPayload > 0 && view.length > maxPayload) return this.violation(messageTooBig());
    const first = Buffer.from(view);
    if (first.length > 0) {
      view = decompressor.next();
      if (view === null) return this.violation(corruptMessage());
    }
    this.slice -= first.length;
    if (view.length === 0) {
      if (this.slice <= 0) this.endSlice();
      if (header.opcode === Opcode.Text) return this.wholeText(first, isAscii(first));
      this.sink.binaryReceived(first);
      return true;
    }
    const message = (this.message = this.begin(header));
    message.fragments = 1;
    this.inflating = 'message';
    return this.appendInflated(message, first) && this.appendInflated(message, view)
      ? this.inflate(message)
      : false;
  }

  private appendInflated(message: MessageAssembler, output: Buffer): boolean {
    const { maxPayload } = this.limits;
    // RFC 6455 10.4: the limit is on what is inflated, and holds while inflating.
    if (maxPayload > 0 && message.length + output.length > maxPayload) {
      return this.violation(messageTooBig());
    }
    this.slice -= output.length;
    return message.append(output, isAscii(output)) || this.violation(invalidUtf8());
  }

  /** Inflates what was fed, or a slice of it. @returns false when the connection has failed. */
  private inflate(message: MessageAssembler): boolean {
    do {
      const output = this.decompressor!.next();
      if (output === null) return this.violation(corruptMessage());
      if (output.length === 0) {
        const complete = this.inflating === 'message';
        this.inflating = null;
        if (this.slice <= 0) this.endSlice();
        return complete ? this.completeMessage(message) : true;
      }
      if (!this.appendInflated(message, output)) return false;
    } while (this.slice > 0);
    this.endSlice();
    return true;
  }

  private endSlice(): void {
    this.spent = true;
    this.decoder.hold();
  }

  private completeMessage(message: MessageAssembler): boolean {
    const isText = this.messageOpcode === Opcode.Text;
    this.message = null;
    this.messageOpcode = Opcode.Continuation;
    if (!message.endsWhole()) return this.violation(invalidUtf8());
    const payload = message.join();
    if (!isText) this.sink.binaryReceived(payload);
    else if (!this.sink.textReceived(payload, message.ascii)) message.recycle();
    return true;
  }

  private closeFrame(payload: Buffer): boolean {
    if (payload.length === 1) return this.violation(controlLength(1));
    let code: number = CloseCode.NoStatus;
    let reason = '';
    if (payload.length >= 2) {
      code = payload.readUInt16BE(0);
      if (!isSendableCloseCode(code)) return this.violation(invalidCloseCode(code));
      if (!this.limits.skipUTF8Validation && !isValidUtf8(payload.subarray(2))) {
        return this.violation(invalidUtf8());
      }
      reason = readUtf8(payload, 2, payload.length);
    }
    this.end();
    this.sink.closeReceived(code, reason);
    return false;
  }

  private violation(error: ProtocolError | LimitError): false {
    this.end();
    this.sink.violated(error);
    return false;
  }
}

/** Whom a parser reports to that serves nobody: it must not keep a closed connection alive. */
const NOBODY: ProtocolSink = {
  textReceived: () => false,
  textInChunk() {},
  binaryReceived() {},
  pingReceived() {},
  pongReceived() {},
  closeReceived() {},
  violated() {},
};

/**
 * Most bytes on the wire of a compressed message of `maxPayload`: a sender that flushes often adds
 * some to each flush. Memory is bounded by what is inflated; this only ends what has no end.
 */
function compressedBound(maxPayload: number): number {
  return maxPayload === 0 ? 0 : 2 * maxPayload + 1024;
}
