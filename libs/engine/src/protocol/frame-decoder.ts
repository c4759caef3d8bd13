import {
  FrameHeader,
  MAX_HEADER_LENGTH,
  fullHeaderLength,
  readHeaderRest,
  readHeaderStart,
} from './frame-header.js';
import { applyMask, rotateKey } from './mask.js';
import { Opcode, isControl } from './opcode.js';

/** Told of frames as they arrive. Each method returns false to stop the decoder for good. */
export interface FrameSink {
  /** The first two bytes of a header are known: its bits and opcode can be judged. */
  frameStarts(header: FrameHeader): boolean;
  /** The length is known too, before any payload: the limits can be judged. */
  lengthKnown(header: FrameHeader): boolean;
  /** A frame whose whole payload lies in one buffer, unmasked. */
  frame(header: FrameHeader, payload: Buffer, ascii: boolean): boolean;
  /**
   * Instead of `frame`, for a whole text message in one frame, uncompressed, of which every byte is
   * below 0x80: `chunk[start, end)`. Most messages are, and a view of each would cost as much as parsing it.
   */
  asciiFrame(header: FrameHeader, chunk: Buffer, start: number, end: number): boolean;
  /** The next piece of a data frame that came in several. `last` ends the frame. */
  framePiece(header: FrameHeader, piece: Buffer, ascii: boolean, last: boolean): boolean;
}

const EMPTY = Buffer.alloc(0);

/**
 * Cuts a byte stream into frames, whatever the segmentation (RFC 6455 5.2). Frames that lie whole in
 * a chunk are unmasked in place and handed out as views of it; of an incomplete header at most 13
 * bytes are kept, of an incomplete control frame at most 124.
 */
export class FrameDecoder {
  private readonly header = new FrameHeader();
  private inPayload = false;
  private remaining = 0;

  // An incomplete header, or an incomplete control frame's payload: created when first needed.
  private scratch: Buffer | null = null;
  private scratchLength = 0;

  private rest: Buffer | null = null;
  private ended = false;
  private held = false;
  private budget: number;

  constructor(
    private readonly sink: FrameSink,
    private readonly framesPerTurn: number,
  ) {
    this.budget = framesPerTurn;
  }

  /** Whether bytes wait here for `resume`. */
  get pending(): boolean {
    return this.rest !== null;
  }

  /** Takes the next bytes of the stream. They are changed in place and must not be used again. */
  receive(chunk: Buffer): void {
    if (this.ended) return;
    if (this.held || this.rest !== null) {
      this.rest = this.rest === null ? chunk : Buffer.concat([this.rest, chunk]);
      return;
    }
    this.budget = this.framesPerTurn;
    this.decode(chunk);
  }

  /** Stops handing out frames after the one being handled. Bytes still given are kept. */
  hold(): void {
    this.held = true;
  }

  /** Goes on with what `hold` or the frame budget left over. */
  resume(): void {
    this.held = false;
    this.budget = this.framesPerTurn;
    const rest = this.rest;
    if (rest === null || this.ended) return;
    this.rest = null;
    this.decode(rest);
  }

  /** From here on everything is discarded: after a failure or a Close frame no byte has a meaning. */
  end(): void {
    this.ended = true;
    this.rest = null;
    this.scratch = null;
  }

  private decode(chunk: Buffer): void {
    const end = chunk.length;
    let at = 0;
    while (at < end) {
      if (this.held || this.budget === 0) {
        this.rest = at === 0 ? chunk : chunk.subarray(at);
        return;
      }
      at = this.inPayload
        ? this.decodePayload(chunk, at, end)
        : this.scratchLength > 0
          ? this.decodeSplitHeader(chunk, at, end)
          : this.decodeHeader(chunk, at, end);
      if (this.ended) return;
    }
  }

  private decodeHeader(chunk: Buffer, at: number, end: number): number {
    const header = this.header;
    if (end - at < 2) return this.keepHeader(chunk, at, end);
    readHeaderStart(chunk, at, header);
    if (!this.sink.frameStarts(header)) return this.stop();
    const length = fullHeaderLength(chunk[at + 1]!);
    if (end - at < length) return this.keepHeader(chunk, at, end);
    readHeaderRest(chunk, at, header);
    return this.beginPayload(chunk, at + length, end);
  }

  private keepHeader(chunk: Buffer, at: number, end: number): number {
    this.scratch ??= Buffer.alloc(128);
    this.scratch.set(chunk.subarray(at, end));
    this.scratchLength = end - at;
    return end;
  }

  private decodeSplitHeader(chunk: Buffer, start: number, end: number): number {
    const header = this.header;
    const scratch = this.scratch!;
    let at = start;
    while (at < end && this.scratchLength < MAX_HEADER_LENGTH) {
      scratch[this.scratchLength++] = chunk[at++]!;
      if (this.scratchLength === 2) {
        readHeaderStart(scratch, 0, header);
        if (!this.sink.frameStarts(header)) return this.stop();
      }
      if (this.scratchLength >= 2 && this.scratchLength === fullHeaderLength(scratch[1]!)) {
        readHeaderRest(scratch, 0, header);
        this.scratchLength = 0;
        return this.beginPayload(chunk, at, end);
      }
    }
    return at;
  }

  private beginPayload(chunk: Buffer, at: number, end: number): number {
    const header = this.header;
    if (!this.sink.lengthKnown(header)) return this.stop();
    const length = header.length;
    if (end - at >= length) {
      const stop = at + length;
      let ascii = false;
      if (header.masked) ascii = applyMask(chunk, at, stop, header.key);
      this.budget--;
      if (ascii && header.opcode === Opcode.Text && header.fin && header.rsv === 0) {
        return this.sink.asciiFrame(header, chunk, at, stop) ? stop : this.stop();
      }
      const payload = length === 0 ? EMPTY : chunk.subarray(at, stop);
      if (!this.sink.frame(header, payload, ascii || length === 0)) return this.stop();
      return stop;
    }
    this.inPayload = true;
    this.remaining = length;
    return at;
  }

  private decodePayload(chunk: Buffer, at: number, end: number): number {
    const header = this.header;
    const stop = Math.min(end, at + this.remaining);
    const done = header.length - this.remaining;
    let ascii = false;
    if (header.masked) ascii = applyMask(chunk, at, stop, rotateKey(header.key, done));
    this.remaining -= stop - at;
    const last = this.remaining === 0;
    if (last) {
      this.inPayload = false;
      this.budget--;
    }
    const piece = chunk.subarray(at, stop);
    const goOn = isControl(header.opcode)
      ? this.controlPiece(piece, done, last)
      : this.sink.framePiece(header, piece, ascii, last);
    return goOn ? stop : this.stop();
  }

  private controlPiece(piece: Buffer, done: number, last: boolean): boolean {
    this.scratch ??= Buffer.alloc(128);
    this.scratch.set(piece, done);
    if (!last) return true;
    // A copy, for the listener may keep it and the scratch is used again.
    const payload = Buffer.from(this.scratch.subarray(0, this.header.length));
    return this.sink.frame(this.header, payload, false);
  }

  private stop(): number {
    this.end();
    return 0;
  }
}
