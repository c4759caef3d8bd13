import { isAscii } from 'node:buffer';
import { copyBytes } from '../bytes/copy-bytes.js';
import { isValidUtf8 } from '../bytes/utf8.js';
import { readCloseFrame } from './close-frame.js';
import type { Decompressor } from './decompressor.js';
import { ProtocolError, type LimitError } from './errors.js';
import { FrameDecoder, type FrameSink } from './frame-decoder.js';
import { FrameCollector } from './frame-collector.js';
import type { FrameHeader } from './frame-header.js';
import {
  compressedBound,
  frameTooBig,
  invalidUtf8,
  judgeLength,
  judgeStart,
  lengthNotMinimal,
  messageTooBig,
  mostBytes,
  tooManyParts,
  type FrameContext,
} from './frame-rules.js';
import type { ProtocolLimits } from './limits.js';
import { MessageAssembler } from './message-assembler.js';
import { MessageInflater } from './message-inflater.js';
import { Opcode, isControl } from './opcode.js';
import { NOBODY, type ProtocolSink } from './protocol-sink.js';

/** Which end of the connection this is; it decides who masks (RFC 6455 5.1). */
export type Role = 'server' | 'client';

export type { ProtocolSink };

/**
 * The receiving half of one end of a connection, without I/O: bytes in, calls on a sink out. It
 * never throws for what a peer sent: every violation becomes one `violated` call.
 */
export class Protocol implements FrameSink, FrameContext {
  readonly decoder: FrameDecoder;
  private message: MessageAssembler | null = null;
  private messageOpcode: number = Opcode.Continuation;
  private compressed = false;
  private readonly inflater: MessageInflater;
  private userHold = false;
  // Instead of `message`, for a sink that wants frames.
  private frames: FrameCollector | null = null;
  /** RFC 6455 5.1: a server must be sent masked frames, a client unmasked ones. */
  expectMask: boolean;

  constructor(
    role: Role,
    private limits: ProtocolLimits & { maxFramesPerTurn: number },
    private sink: ProtocolSink,
    decompressor: Decompressor | null = null,
  ) {
    this.expectMask = role === 'server';
    this.inflater = new MessageInflater(decompressor);
    this.decoder = new FrameDecoder(this, 0);
  }

  /** Whether it stands between two messages and holds nothing: it may `serve` another connection now. */
  get isIdle(): boolean {
    return (
      this.message === null &&
      this.messageOpcode === Opcode.Continuation &&
      !this.inflater.isBusy &&
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
    this.inflater.decompressor = decompressor;
  }

  /** Lets go of the connection it served; only while idle. */
  release(): void {
    this.sink = NOBODY;
    this.inflater.decompressor = null;
  }

  /** Whether a fragmented message is under way. */
  get inMessage(): boolean {
    return this.messageOpcode !== Opcode.Continuation;
  }

  /** Whether RSV1 has a meaning. */
  get compression(): boolean {
    return this.inflater.decompressor !== null;
  }

  /** Whether received bytes wait for `resume`: held back, or left over by the frame budget. */
  get pending(): boolean {
    return this.inflater.isPending || this.decoder.pending;
  }

  /** Bytes held of a message that is not complete yet. */
  get heldBytes(): number {
    return this.frames === null ? (this.message?.length ?? 0) : this.frames.length;
  }

  /** Whether what is pending is inflating, of which each `resume` does a slice. */
  get busy(): boolean {
    return this.inflater.isBusy;
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
   * @param frames how many frames may be handed out; 256 bytes count as one
   */
  receive(chunk: Buffer, length = chunk.length, frames = this.limits.maxFramesPerTurn): void {
    const { decoder, inflater } = this;
    decoder.budget = frames;
    inflater.startTurn();
    decoder.receive(chunk, length);
    decoder.budget -= inflater.framesInflated;
  }

  /** No sink call follows the one being handled until `resume`. */
  hold(): void {
    this.userHold = true;
    this.decoder.hold();
  }

  /** Goes on after `hold`, or with the work that the last call left for another turn. */
  resume(frames = this.limits.maxFramesPerTurn): void {
    this.userHold = false;
    const { decoder, inflater } = this;
    decoder.budget = frames;
    inflater.startTurn();
    if (inflater.isPending) {
      if (!this.inflate(this.message!) || inflater.isPending || this.userHold) return;
    }
    inflater.spent = false;
    decoder.resume();
    decoder.budget -= inflater.framesInflated;
  }

  /** Discards everything from here on and lets go of what was collected. */
  end(): void {
    this.decoder.end();
    this.message?.discard();
    this.message = null;
    this.frames?.end();
    this.inflater.end();
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
      ? judgeLength(
          header,
          message === null ? 0 : this.inflater.wireLength,
          compressedBound(allowed),
        )
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
      this.sink.frameReceived?.(header.fin, header.rsv, header.opcode, Buffer.from(payload));
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
      this.inflater.feed(piece, complete);
      return this.inflate(message);
    }
    // Without a limit a declared length says nothing: what has come is judged.
    if (message.length + piece.length > mostBytes(this.messageOpcode, this.limits.maxPayload)) {
      return this.violation(messageTooBig());
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
    this.inflater.wireLength = 0;
    return new MessageAssembler(header.opcode === Opcode.Text && !this.limits.skipUTF8Validation);
  }

  private inflateWhole(header: FrameHeader, payload: Buffer): boolean {
    const { inflater } = this;
    const maxPayload = mostBytes(header.opcode, this.limits.maxPayload);
    const first = inflater.inflateWhole(payload, maxPayload);
    if (!Buffer.isBuffer(first)) return this.violation(first);
    if (!inflater.isPending) {
      if (inflater.spent) this.decoder.hold();
      if (header.opcode === Opcode.Text) return this.wholeText(first, isAscii(first));
      this.sink.binaryReceived(first);
      return true;
    }
    const message = (this.message = this.begin(header));
    message.fragments = 1;
    // At once, for it may only be lent.
    const error = inflater.append(message, first, maxPayload);
    return error === null ? this.inflate(message) : this.violation(error);
  }

  /** Inflates what is pending, or a slice of it. @returns false when the connection has failed. */
  private inflate(message: MessageAssembler): boolean {
    const { inflater } = this;
    const { endsMessage } = inflater;
    const error = inflater.inflate(message, mostBytes(this.messageOpcode, this.limits.maxPayload));
    if (error !== null) return this.violation(error);
    if (inflater.spent) this.decoder.hold();
    return endsMessage && !inflater.isPending ? this.completeMessage(message) : true;
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
    const close = readCloseFrame(payload, !this.limits.skipUTF8Validation);
    if (close instanceof ProtocolError) return this.violation(close);
    this.end();
    this.sink.closeReceived(close.code, close.reason);
    return false;
  }

  private violation(error: ProtocolError | LimitError): false {
    this.end();
    this.sink.violated(error);
    return false;
  }
}
