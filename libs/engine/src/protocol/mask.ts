import { loadMaskRounds, wholeRounds } from './mask-simd.js';

/**
 * Masking (RFC 6455 5.3) is an exclusive or with a repeating four-byte key, so one routine serves
 * both directions. A key is held as the 32-bit integer whose lowest byte masks the first payload
 * byte, which is also how a little-endian machine reads it from memory.
 */

/** Below this length setting up words costs more than it saves. */
const WORDS_FROM = 24;
/** Below this length copying into WebAssembly's memory and back costs more than it saves. */
const SIMD_FROM = 512;

const maskRounds = loadMaskRounds();

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

// One view per chunk instead of one per frame: frames of a chunk share their ArrayBuffer. It keeps
// at most one chunk alive.
let viewed: ArrayBufferLike | null = null;
let words: Int32Array = new Int32Array(0);

function wordsOf(buffer: ArrayBufferLike): Int32Array {
  if (viewed !== buffer) {
    words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
    viewed = buffer;
  }
  return words;
}

/** The key as seen `count` bytes further on in the payload. */
export function rotateKey(key: number, count: number): number {
  const bits = (count & 3) << 3;
  return bits === 0 ? key | 0 : (key >>> bits) | (key << (32 - bits));
}

/**
 * Applies `key` to `bytes[start, end)` in place.
 * @returns whether every resulting byte is below 0x80, for it costs nothing to know on the way.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  let seen = 0;
  let at = start;
  let rolling = key | 0;
  if (maskRounds !== null && end - start >= SIMD_FROM) {
    at += wholeRounds(end - start);
    if (!maskRounds(bytes, start, at, key)) seen = 0x80;
  }
  if (LITTLE_ENDIAN && end - at >= WORDS_FROM) {
    const origin = bytes.byteOffset;
    while (((origin + at) & 3) !== 0) {
      const byte = bytes[at]! ^ (rolling & 0xff);
      bytes[at++] = byte;
      seen |= byte;
      rolling = (rolling >>> 8) | (rolling << 24);
    }
    const view = wordsOf(bytes.buffer);
    let word = (origin + at) >>> 2;
    const last = (origin + end) >>> 2;
    at += (last - word) << 2;
    let seenWords = 0;
    for (; word < last; word++) {
      const value = view[word]! ^ rolling;
      view[word] = value;
      seenWords |= value;
    }
    if ((seenWords & 0x80808080) !== 0) seen |= 0x80;
  }
  while (at < end) {
    const byte = bytes[at]! ^ (rolling & 0xff);
    bytes[at++] = byte;
    seen |= byte;
    rolling = (rolling >>> 8) | (rolling << 24);
  }
  return (seen & 0x80) === 0;
}
