import { inputBuffer, simd } from './input-buffer.js';
import { wholeRounds } from './mask-simd.js';

/**
 * Masking (RFC 6455 5.3) is an exclusive or with a repeating four-byte key, so one routine serves
 * both directions. A key is held as the 32-bit integer whose lowest byte masks the first payload
 * byte, which is also how a little-endian machine reads it from memory.
 */

/** Below this length setting up words costs more than it saves. */
const WORDS_FROM = 24;
/** Below this length copying into WebAssembly's memory and back costs more than it saves. */
const SIMD_FROM = 512;
/** One round of it. What lies in the input buffer needs no copy. */
const SIMD_IN_PLACE_FROM = 64;

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

// One view per chunk instead of one per frame. The chunk itself is what is compared: reading `buffer`
// of a typed array is a call into C++, which costs as much as masking a small frame. It keeps at most
// one chunk alive.
let viewed: Uint8Array | null = null;
let words: Int32Array = new Int32Array(0);
let viewedOrigin = 0;
// The input buffer's own view stays: nearly everything that is received comes through it.
const inputWords = new Int32Array(inputBuffer.buffer, 0, inputBuffer.buffer.byteLength >>> 2);
const inputOrigin = inputBuffer.byteOffset;

function view(bytes: Uint8Array): void {
  words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2);
  viewedOrigin = bytes.byteOffset;
  viewed = bytes;
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
  const isInput = bytes === inputBuffer;
  if (simd !== null && end - start >= (isInput ? SIMD_IN_PLACE_FROM : SIMD_FROM)) {
    at += wholeRounds(end - start);
    if (!simd.maskRounds(bytes, start, at, key)) seen = 0x80;
  }
  if (LITTLE_ENDIAN && end - at >= WORDS_FROM) {
    if (!isInput && viewed !== bytes) view(bytes);
    const target = isInput ? inputWords : words;
    const origin = isInput ? inputOrigin : viewedOrigin;
    while (((origin + at) & 3) !== 0) {
      const byte = bytes[at]! ^ (rolling & 0xff);
      bytes[at++] = byte;
      seen |= byte;
      rolling = (rolling >>> 8) | (rolling << 24);
    }
    let word = (origin + at) >>> 2;
    const last = (origin + end) >>> 2;
    at += (last - word) << 2;
    let seenWords = 0;
    // Written out by eight, which V8 does not do by itself: half the time.
    for (const stop = last - 7; word < stop; word += 8) {
      const a = target[word]! ^ rolling;
      const b = target[word + 1]! ^ rolling;
      const c = target[word + 2]! ^ rolling;
      const d = target[word + 3]! ^ rolling;
      const e = target[word + 4]! ^ rolling;
      const f = target[word + 5]! ^ rolling;
      const g = target[word + 6]! ^ rolling;
      const h = target[word + 7]! ^ rolling;
      target[word] = a;
      target[word + 1] = b;
      target[word + 2] = c;
      target[word + 3] = d;
      target[word + 4] = e;
      target[word + 5] = f;
      target[word + 6] = g;
      target[word + 7] = h;
      seenWords |= a | b | c | d | e | f | g | h;
    }
    for (; word < last; word++) {
      const value = target[word]! ^ rolling;
      target[word] = value;
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
