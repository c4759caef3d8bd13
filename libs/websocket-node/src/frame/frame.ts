import {
  FIN,
  FrameHeader,
  Opcode,
  RSV1,
  RSV2,
  RSV3,
  applyMask,
  freshMaskingKey,
  fullHeaderLength,
  headerLength,
  isControl,
  readHeaderRest,
  readHeaderStart,
  writeFrame,
  MAX_CONTROL_PAYLOAD,
} from '#engine';
import { ByteQueue, type ByteSource } from './byte-queue.js';

// Symbols: classes that extend this one may have members of any name, and a Proxy around an object has to work.
const kStage = Symbol('stage');
const kHeader = Symbol('header');
const kSecond = Symbol('second');
const kQueue = Symbol('queue');
const kRead = Symbol('read');
const kReadStart = Symbol('readStart');
const kReadRest = Symbol('readRest');
const kReadPayload = Symbol('readPayload');
const kSetFlags = Symbol('setFlags');
const kSetPayload = Symbol('setPayload');
const kPayloadOnWire = Symbol('payloadOnWire');
const kRefuse = Symbol('refuse');

const EMPTY = Buffer.alloc(0);

const enum Stage {
  Start,
  Header,
  Payload,
  Complete,
}

/**
 * One frame (RFC 6455 5.2), to be read from bytes with `addData` or written with `toBuffer`. Follows
 * `require('websocket').frame`.
 */
export class WebSocketFrame {
  fin = false;
  rsv1 = false;
  rsv2 = false;
  rsv3 = false;
  /** Whether the payload is masked on the wire. */
  mask = false;
  opcode: number = Opcode.Continuation;
  /** Payload bytes on the wire, the two of a status code included. */
  length = 0;
  /** The payload, unmasked; of a Close frame the reason alone. */
  binaryPayload: Buffer = EMPTY;
  /** Status code of a Close frame, -1 for none. */
  closeStatus = -1;

  /** Whether what was read breaks RFC 6455; `dropReason` says how. */
  protocolError = false;
  /** Whether the payload is longer than `maxReceivedFrameSize`. */
  frameTooLarge = false;
  /** Whether a Close frame had a payload of one byte. */
  invalidCloseFrameLength = false;
  dropReason: string | undefined;
  /** Most payload bytes to read; undefined = no limit. */
  readonly maxReceivedFrameSize: number | undefined;

  /** @internal */
  [kStage] = Stage.Start;
  /** @internal */
  [kHeader]: FrameHeader | null = null;
  /** @internal */
  [kSecond] = 0;
  /** @internal */
  [kQueue]: ByteQueue | null = null;

  /**
   * @param maskBytes four bytes that hold the masking key of the frame last read or written
   * @param frameHeader two bytes or more that hold the start of the header last read
   * @param config `maxReceivedFrameSize` is looked at
   */
  constructor(
    readonly maskBytes: Buffer = Buffer.alloc(4),
    readonly frameHeader: Buffer = Buffer.alloc(10),
    readonly config: { readonly maxReceivedFrameSize?: number } = {},
  ) {
    this.maxReceivedFrameSize = config.maxReceivedFrameSize;
  }

  /** A frame the engine has read. @param rsv as in the first byte of the header */
  static received(
    fin: boolean,
    rsv: number,
    opcode: number,
    payload: Buffer,
    masked: boolean,
  ): WebSocketFrame {
    const frame = new WebSocketFrame();
    frame[kSetFlags](fin, rsv, opcode);
    frame.mask = masked;
    frame.length = payload.length;
    frame[kStage] = Stage.Complete;
    frame[kSetPayload](payload);
    return frame;
  }

  /**
   * Takes bytes that were received, up to the end of the frame.
   * @param data a list whose bytes are taken from its front, or the next piece of the stream; what a
   *   piece holds behind the frame is in `remainder`
   * @returns whether the frame is complete, or known to be one that must be refused
   */
  addData(data: Buffer | ByteSource): boolean {
    if (Buffer.isBuffer(data)) {
      this[kQueue] ??= new ByteQueue();
      this[kQueue].push(data);
      return this[kRead](this[kQueue]);
    }
    return this[kRead](data);
  }

  /** Bytes given to `addData` as Buffers that belong to the next frame. */
  get remainder(): Buffer {
    return this[kQueue] === null ? EMPTY : this[kQueue].take(this[kQueue].length);
  }

  /** Passes over the payload of a frame that is not wanted. @returns whether all of it was there */
  throwAwayPayload(data: ByteSource): boolean {
    if (data.length < this.length) return false;
    data.advance(this.length);
    this[kStage] = Stage.Complete;
    return true;
  }

  /**
   * The frame as it stands on the wire, with the length in the fewest bytes. Sets `length`.
   * @param nullMask mask with a key of zeros, so that the payload stays readable
   */
  toBuffer(nullMask = false): Buffer {
    const payload = this[kPayloadOnWire]();
    this.length = payload.length;
    let key: number | undefined;
    if (this.mask) {
      key = nullMask ? 0 : freshMaskingKey();
      this.maskBytes.writeInt32LE(key);
    }
    const output = Buffer.alloc(headerLength(payload.length, this.mask) + payload.length);
    writeFrame(output, 0, this.firstByte, payload, key);
    return output;
  }

  /** FIN, the reserved bits and the opcode, as they stand in the first byte. */
  get firstByte(): number {
    const reserved = (this.rsv1 ? RSV1 : 0) | (this.rsv2 ? RSV2 : 0) | (this.rsv3 ? RSV3 : 0);
    return (this.fin ? FIN : 0) | reserved | (this.opcode & 0x0f);
  }

  toString(): string {
    const { opcode, fin, length, mask } = this;
    const hasPayload = this.binaryPayload.length > 0;
    return `Opcode: ${opcode}, fin: ${fin}, length: ${length}, hasPayload: ${hasPayload}, masked: ${mask}`;
  }

  /** @internal */
  [kRead](source: ByteSource): boolean {
    if (this[kStage] === Stage.Start && source.length >= 2) this[kReadStart](source);
    if (this[kStage] === Stage.Header) this[kReadRest](source);
    if (this[kStage] === Stage.Payload && source.length >= this.length) this[kReadPayload](source);
    return this[kStage] === Stage.Complete;
  }

  /** @internal */
  [kReadStart](source: ByteSource): void {
    const start = source.take(2);
    const header = new FrameHeader();
    readHeaderStart(start, 0, header);
    this[kHeader] = header;
    this[kSecond] = start[1] ?? 0;
    start.copy(this.frameHeader);
    this[kSetFlags](header.fin, header.rsv, header.opcode);
    this.mask = header.masked;
    this.length = header.length;
    this[kStage] = Stage.Header;
    if (!isControl(header.opcode)) return;
    // RFC 6455 5.5: control frames are short and whole.
    if (header.length > MAX_CONTROL_PAYLOAD) {
      this[kRefuse](`A control frame has more than ${MAX_CONTROL_PAYLOAD} bytes`);
    } else if (!header.fin) {
      this[kRefuse]('A control frame is fragmented');
    }
  }

  /** @internal */
  [kReadRest](source: ByteSource): void {
    const header = this[kHeader];
    const needed = fullHeaderLength(this[kSecond]);
    if (header === null || source.length < needed) return;
    const bytes = source.take(needed);
    readHeaderRest(bytes, 0, header);
    if (header.masked) bytes.copy(this.maskBytes, 0, needed - 4);
    source.advance(needed);
    this.length = header.length;
    this[kStage] = Stage.Payload;
    if (header.length === Infinity) {
      this[kRefuse]('The length of the payload is beyond 2^53 - 1 bytes');
    } else if (this.length > (this.maxReceivedFrameSize ?? Infinity)) {
      this.frameTooLarge = true;
      this.dropReason = `The payload has ${this.length} bytes, allowed are ${this.maxReceivedFrameSize}`;
      this[kStage] = Stage.Complete;
    }
  }

  /** @internal */
  [kReadPayload](source: ByteSource): void {
    // A copy, for it is unmasked in place and the source's bytes are the caller's.
    const payload = Buffer.from(source.take(this.length));
    source.advance(this.length);
    if (this.mask) applyMask(payload, 0, payload.length, this[kHeader]?.key ?? 0);
    this[kStage] = Stage.Complete;
    this[kSetPayload](payload);
  }

  /** @internal */
  [kSetFlags](fin: boolean, rsv: number, opcode: number): void {
    this.fin = fin;
    this.rsv1 = (rsv & RSV1) !== 0;
    this.rsv2 = (rsv & RSV2) !== 0;
    this.rsv3 = (rsv & RSV3) !== 0;
    this.opcode = opcode;
  }

  /** @internal */
  [kSetPayload](payload: Buffer): void {
    if (this.opcode !== Opcode.Close || payload.length === 0) {
      this.binaryPayload = payload;
    } else if (payload.length === 1) {
      this.invalidCloseFrameLength = true;
    } else {
      this.closeStatus = payload.readUInt16BE(0);
      this.binaryPayload = payload.subarray(2);
    }
  }

  /** @internal */
  [kPayloadOnWire](): Buffer {
    // Programs in JavaScript leave it undefined, or set it so.
    const body = this.binaryPayload ?? EMPTY;
    if (this.opcode !== Opcode.Close || this.closeStatus === -1) return body;
    const payload = Buffer.alloc(2 + body.length);
    payload.writeUInt16BE(this.closeStatus);
    body.copy(payload, 2);
    return payload;
  }

  /** @internal */
  [kRefuse](reason: string): void {
    this.protocolError = true;
    this.dropReason = reason;
    this[kStage] = Stage.Complete;
  }
}
