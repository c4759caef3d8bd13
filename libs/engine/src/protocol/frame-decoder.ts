import {
  FrameHeader,
  MAX_HEADER_LENGTH,
  fullHeaderLength,
  readHeaderRest,
  readHeaderStart,
} from './frame-header.js';
import { copyBytes } from '../bytes/copy-bytes.js';
import { giveBack, holdBytes } from '../bytes/held-bytes.js';
import { applyMask, rotateKey } from '../bytes/mask.js';
import { Opcode, isControl } from './opcode.js';

/** Told of frames as they arrive. Each method returns false to stop the decoder for good. */
export interface FrameSink {
  /** The first two bytes of a header are known: its bits and opcode can be judged. */
  frameStarts(header: FrameHeader): boolean;
  /** The length is known too, before any payload: the limits can be judged. */
  lengthKnown(header: FrameHeader): boolean;
  /**
   * A control frame, or a whole message in one frame, that came in one piece. The payload is the sink's
   * to keep.
   */
  frame(header: FrameHeader, payload: Buffer): boolean;
  /**
   * Instead of `frame`, for uncompressed text: `chunk[start, end)`, valid only during the call. Most
   * messages are such, and become a string without a Buffer in between.
   * @param ascii whether every byte is known to be below 0x80
   */
  textFrame(
    header: FrameHeader,
    chunk: Buffer,
    start: number,
    end: number,
    ascii: boolean,
  ): boolean;
  /**
   * A frame of a fragmented message, or the next piece of a data frame that came in several; valid only
   * during the call.
   * @param ahead bytes of the frame that are still to come; 0 ends it
   */
  framePiece(header: FrameHeader, piece: Buffer, ascii: boolean, ahead: number): boolean;
}

const EMPTY = Buffer.alloc(0);
/** Bytes from which on a frame is large: its pieces are only copied, so 4 KiB of them count as a frame. */
const LARGE = 64 * 1024;

/**
 * Cuts a byte stream into frames, whatever the segmentation (RFC 6455 5.2). Chunks are unmasked in
 * place and not kept: of an incomplete header at most 13 bytes are copied, of an incomplete control
 * frame at most 124, and what is left over when the sink wants no more frames.
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
  /** @param budget frames that may still be handed out, see `costOf`; set anew before each call */
  constructor(
    private readonly sink: FrameSink,
    public budget: number,
  ) {}

  /** Whether it stands between two frames, with nothing held back. */
  get isIdle(): boolean {
    return (
      !this.inPayload && this.scratchLength === 0 && this.rest === null && !this.held && !this.ended
    );
  }

  /** Whether bytes wait here for `resume`. */
  get pending(): boolean {
    return this.rest !== null;
  }

  /** Whether so many bytes more are all in the middle of one frame. */
  expects(length: number): boolean {
    return this.inPayload && this.remaining > length && this.rest === null;
  }

  /** How many do. */
  get waitingBytes(): number {
    return this.rest === null ? 0 : this.rest.length;
  }

  /**
   * Takes the next bytes of the stream, the first `end` of `chunk`. They are changed in place, and kept as
   * far as the budget does not reach.
   */
  receive(chunk: Buffer, end: number): void {
    if (this.ended) return;
    if (this.held || this.rest !== null) {
      const { rest } = this;
      if (rest === null) {
        this.rest = holdBytes(chunk, 0, end);
      } else {
        this.rest = Buffer.concat([rest, chunk.subarray(0, end)]);
        giveBack(rest);
      }
      return;
    }
    this.decode(chunk, end, false);
  }

  /** Stops handing out frames after the one being handled. Bytes still given are kept. */
  hold(): void {
    this.held = true;
  }

  /** Goes on with what `hold` or the frame budget left over. */
  resume(): void {
    this.held = false;
    const rest = this.rest;
    if (rest === null || this.ended) return;
    this.rest = null;
    try {
      this.decode(rest, rest.length, true);
    } finally {
      // What was handed out of it was only lent.
      if (this.rest === null) giveBack(rest);
    }
  }

  /** From here on everything is discarded: after a failure or a Close frame no byte has a meaning. */
  end(): void {
    this.ended = true;
    if (this.rest !== null) giveBack(this.rest);
    this.rest = null;
    this.scratch = null;
  }

  /** @param owned whether the chunk is the decoder's own already */
  private decode(chunk: Buffer, end: number, owned: boolean): void {
    let at = 0;
    while (at < end) {
      if (this.held || this.budget <= 0) {
        this.rest = owned ? chunk.subarray(at) : holdBytes(chunk, at, end);
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
      this.budget -= costOf(length);
      if (header.opcode === Opcode.Text && header.fin && header.rsv === 0) {
        return this.sink.textFrame(header, chunk, at, stop, ascii) ? stop : this.stop();
      }
      const goOn = isWhole(header)
        ? this.sink.frame(header, length === 0 ? EMPTY : copyBytes(chunk, at, stop))
        : this.sink.framePiece(header, chunk.subarray(at, stop), ascii || length === 0, 0);
      return goOn ? stop : this.stop();
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
    const ahead = this.remaining;
    this.budget -= (stop - at) >> (header.length > LARGE ? 12 : 8);
    if (ahead === 0) {
      this.inPayload = false;
      this.budget--;
    }
    const piece = chunk.subarray(at, stop);
    const goOn = isControl(header.opcode)
      ? this.controlPiece(piece, done, ahead === 0)
      : this.sink.framePiece(header, piece, ascii, ahead);
    return goOn ? stop : this.stop();
  }

  private controlPiece(piece: Buffer, done: number, last: boolean): boolean {
    this.scratch ??= Buffer.alloc(128);
    this.scratch.set(piece, done);
    if (!last) return true;
    // A copy, for the listener may keep it and the scratch is used again.
    const payload = Buffer.from(this.scratch.subarray(0, this.header.length));
    return this.sink.frame(this.header, payload);
  }

  private stop(): number {
    this.end();
    return 0;
  }
}

/** A frame in one piece counts as one for every 256 bytes: 256 frames are 64 KiB, too. */
function costOf(length: number): number {
  return length < 512 ? 1 : length >> 8;
}

/** Whether nothing but this frame belongs to what it says. */
function isWhole({ fin, opcode }: FrameHeader): boolean {
  return fin && opcode !== Opcode.Continuation;
}
