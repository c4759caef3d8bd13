import { randomFillSync } from 'node:crypto';
import { writeAscii, writeUtf8 } from '../bytes/buffer-text.js';
import { applyMask } from '../bytes/mask.js';
import { FIN, headerLength, writeHeader } from './frame-header.js';

const KEY_POOL_BYTES = 8192;
const keyPool = Buffer.alloc(KEY_POOL_BYTES);
let keyAt = KEY_POOL_BYTES;

/**
 * A fresh masking key from the system's entropy source, as RFC 6455 5.3 demands of every frame a
 * client sends. Drawn in bulk, for one call of the source costs more than a small frame.
 */
export function freshMaskingKey(): number {
  if (keyAt === KEY_POOL_BYTES) {
    randomFillSync(keyPool);
    keyAt = 0;
  }
  const key = keyPool.readInt32LE(keyAt);
  keyAt += 4;
  return key;
}

/**
 * Writes one whole frame at `target[at]`, which must have `headerLength` + payload bytes of room.
 * The payload is copied, so the caller's bytes stay as they are even when the frame is masked.
 * @param first FIN, RSV bits and opcode
 * @param key masking key for a client's frame, undefined for a server's
 * @returns the offset behind the frame
 */
export function writeFrame(
  target: Uint8Array,
  at: number,
  first: number,
  payload: Uint8Array,
  key: number | undefined,
): number {
  const start = writeHeader(target, at, first, payload.length, key);
  target.set(payload, start);
  const end = start + payload.length;
  if (key !== undefined) applyMask(target, start, end, key);
  return end;
}

/**
 * Writes one whole text frame without an intermediate buffer.
 * @param byteLength `Buffer.byteLength(text)`, which the caller needs for the room anyway
 */
export function writeTextFrame(
  target: Buffer,
  at: number,
  first: number,
  text: string,
  byteLength: number,
  key: number | undefined,
): number {
  const start = writeHeader(target, at, first, byteLength, key);
  // As many bytes as UTF-16 units means that every character is ASCII, where latin1 is a plain copy.
  if (byteLength === text.length) writeAscii(target, text, start, byteLength);
  else writeUtf8(target, text, start, byteLength);
  const end = start + byteLength;
  if (key !== undefined) applyMask(target, start, end, key);
  return end;
}

/** One whole frame in a buffer of its own. */
export function encodeFrame(opcode: number, payload: Uint8Array, key?: number): Buffer {
  const frame = Buffer.allocUnsafe(
    headerLength(payload.length, key !== undefined) + payload.length,
  );
  writeFrame(frame, 0, FIN | opcode, payload, key);
  return frame;
}
