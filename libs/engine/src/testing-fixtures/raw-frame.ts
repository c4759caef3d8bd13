/**
 * Frames written and read the slow, obvious way, straight from the picture in RFC 6455 5.2. Shares
 * no line with the engine's own encoder and decoder, so that each can be the other's oracle.
 */
export interface RawFrame {
  fin?: boolean;
  /** RSV1, RSV2 and RSV3 as a number from 0 to 7. */
  rsv?: number;
  opcode: number;
  payload?: Uint8Array | string;
  /** Four bytes; left out, the frame is not masked. */
  mask?: readonly number[];
  /** Bytes the length takes: 7 bits, 16 or 64; the fewest possible when left out. */
  lengthBits?: 7 | 16 | 64;
  /** The length the header tells, where it is not to be the payload's. */
  declaredLength?: bigint;
}

export interface ReadFrame {
  fin: boolean;
  rsv: number;
  opcode: number;
  masked: boolean;
  mask: readonly number[] | undefined;
  payload: Buffer;
}

/** A key without a zero byte and without two alike, so that a wrong rotation shows. */
export const TEST_MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

export function rawFrame(frame: RawFrame): Buffer {
  const payload = Buffer.from(frame.payload ?? '');
  const length = frame.declaredLength ?? BigInt(payload.length);
  const bits = frame.lengthBits ?? (length < 126n ? 7 : length < 65536n ? 16 : 64);
  const header = [
    ((frame.fin ?? true) ? 128 : 0) + (frame.rsv ?? 0) * 16 + frame.opcode,
    (frame.mask === undefined ? 0 : 128) + (bits === 7 ? Number(length) : bits === 16 ? 126 : 127),
  ];
  const lengthBytes = bits === 7 ? 0 : bits / 8;
  for (let at = lengthBytes - 1; at >= 0; at--) {
    header.push(Number((length >> BigInt(8 * at)) & 255n));
  }
  if (frame.mask !== undefined) header.push(...frame.mask);
  return Buffer.concat([Buffer.from(header), naiveMask(payload, frame.mask)]);
}

/** A copy of `bytes`, each changed by its byte of the key (RFC 6455 5.3). */
export function naiveMask(bytes: Uint8Array, mask: readonly number[] = [0, 0, 0, 0]): Buffer {
  const result = Buffer.alloc(bytes.length);
  for (let at = 0; at < bytes.length; at++) result[at] = bytes[at]! ^ mask[at % 4]!;
  return result;
}

/** A text frame as a client sends it. */
export function clientText(text: string): Buffer {
  return rawFrame({ opcode: 1, payload: text, mask: TEST_MASK });
}

/** A Close frame's payload. */
export function rawClosePayload(code: number, reason: Uint8Array | string = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

/** All frames of a stream of bytes. @throws when the last one is cut off */
export function readRawFrames(bytes: Buffer): ReadFrame[] {
  const { frames, rest } = takeRawFrames(bytes);
  if (rest.length > 0) throw new Error(`${rest.length} bytes of an unfinished frame are left`);
  return frames;
}

/** The whole frames at the start of `bytes`, and the bytes behind them. */
export function takeRawFrames(bytes: Buffer): { frames: ReadFrame[]; rest: Buffer } {
  const frames: ReadFrame[] = [];
  let at = 0;
  while (bytes.length - at >= 2) {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    const short = second % 128;
    let next = at + 2;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length < next + lengthBytes) break;
    let length = lengthBytes === 0 ? short : 0;
    for (let index = 0; index < lengthBytes; index++) length = length * 256 + bytes[next++]!;
    const masked = second >= 128;
    if (bytes.length < next + (masked ? 4 : 0) + length) break;
    const mask = masked ? [...bytes.subarray(next, next + 4)] : undefined;
    if (masked) next += 4;
    frames.push({
      fin: first >= 128,
      rsv: Math.floor(first / 16) % 8,
      opcode: first % 16,
      masked,
      mask,
      payload: naiveMask(bytes.subarray(next, next + length), mask),
    });
    at = next + length;
  }
  return { frames, rest: bytes.subarray(at) };
}
