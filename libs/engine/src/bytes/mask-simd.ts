/* oxlint-disable unicorn/no-useless-spread -- each line is one instruction or section */
/**
 * Masking 16 bytes at a time: WebAssembly's SIMD is the only vector unit that JavaScript reaches. What
 * lies in its memory is masked there (64 bytes in 7 ns, 16 KiB in 0.3 us), so sockets are read into it;
 * anything else is copied in and out, which still beats the loop over words (16 KiB: 1 us against 3.5).
 */

/** A page of WebAssembly memory, and the longest piece that is copied in and out at a time. */
const PAGE = 64 * 1024;
/** Pages of memory: the first for what is copied in and out, the others are `memory`. */
const PAGES = 5;
/** Bytes per round of the loop. */
const ROUND = 64;

/* One 16-byte step at `offset` of a round, as (p = address, k = key, a = or of all results). */
const step = (offset: number): number[] => [
  ...[0x20, 0x00], // local.get p                 address for the store
  ...[0x20, 0x00, 0xfd, 0x00, 0x04, offset], // v128.load align=16 offset (p)
  ...[0x20, 0x03, 0xfd, 0x51], // v128.xor with k
  ...[0x22, 0x05], // local.tee v
  ...[0xfd, 0x0b, 0x04, offset], // v128.store
  ...[0x20, 0x04, 0x20, 0x05, 0xfd, 0x50, 0x21, 0x04], // a = v128.or(a, v)
];

/* (func (param p end key: i32) (result i32) (local k a v: v128)): masks [p, end), end - p a multiple of
   64 and not 0; the result is not 0 when a resulting byte has its highest bit set. */
const body = [
  ...[0x01, 0x03, 0x7b], // locals 3..5: v128
  ...[0x20, 0x02, 0xfd, 0x11, 0x21, 0x03], // k = i32x4.splat(key)
  ...[0x03, 0x40], // loop
  ...step(0),
  ...step(16),
  ...step(32),
  ...step(48),
  ...[0x20, 0x00, 0x41, 0xc0, 0x00, 0x6a, 0x22, 0x00], // p = p + 64
  ...[0x20, 0x01, 0x49, 0x0d, 0x00], // br_if (p < end)
  0x0b,
  ...[0x20, 0x04, 0xfd, 0x64], // i8x16.bitmask(a)
  0x0b,
];

const leb128 = (count: number): number[] => [(count & 0x7f) | 0x80, count >>> 7];

const binary = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x01, 0x7f], // type: (i32, i32, i32) -> i32
  ...[0x03, 0x02, 0x01, 0x00], // function 0 has type 0
  ...[0x05, 0x03, 0x01, 0x00, PAGES], // memory: never grows, so that it never moves
  ...[0x07, 0x0c, 0x02, 0x01, 0x6d, 0x02, 0x00, 0x04, 0x6d, 0x61, 0x73, 0x6b, 0x00, 0x00], // exports m, mask
  ...[0x0a, ...leb128(body.length + 3), 0x01, ...leb128(body.length), ...body],
]);

// Neither TypeScript's ES libraries nor Node 20's types declare it.
declare const WebAssembly: {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

interface Exports {
  readonly m: { readonly buffer: ArrayBuffer };
  mask(start: number, end: number, key: number): number;
}

/** SIMD, as far as masking needs it. */
export interface MaskSimd {
  /** Bytes that SIMD reaches where they are. */
  readonly memory: Buffer;
  /**
   * Masks `bytes[start, end)` in place, a multiple of 64 bytes and not none.
   * @returns whether every resulting byte is below 0x80
   */
  maskRounds(bytes: Uint8Array, start: number, end: number, key: number): boolean;
}

/** The routine, or null where WebAssembly has no SIMD or is switched off. */
export function loadMaskSimd(module: Uint8Array<ArrayBuffer> = binary): MaskSimd | null {
  let exports: Exports;
  try {
    exports = new WebAssembly.Instance(new WebAssembly.Module(module)).exports as Exports;
  } catch {
    return null;
  }
  const { buffer } = exports.m;
  const memory = Buffer.from(buffer, PAGE);
  const scratch = new Uint8Array(buffer, 0, PAGE);
  return {
    memory,
    maskRounds: (bytes, start, end, key) =>
      bytes === memory
        ? exports.mask(PAGE + start, PAGE + end, key) === 0
        : maskCopied(exports, scratch, bytes, start, end, key),
  };
}

function maskCopied(
  exports: Exports,
  scratch: Uint8Array,
  { buffer, byteOffset: origin }: Uint8Array,
  start: number,
  end: number,
  key: number,
): boolean {
  let high = 0;
  for (let at = start; at < end; at += PAGE) {
    const stop = Math.min(end, at + PAGE);
    // Not `subarray`, which makes a Buffer of a Buffer, at three times the price of a plain view.
    const piece = new Uint8Array(buffer, origin + at, stop - at);
    scratch.set(piece);
    high |= exports.mask(0, stop - at, key);
    piece.set(stop - at === PAGE ? scratch : scratch.subarray(0, stop - at));
  }
  return high === 0;
}

/** `length` rounded down to what `maskRounds` takes. */
export function wholeRounds(length: number): number {
  return length - (length % ROUND);
}
