import { loadMaskSimd } from './mask-simd.js';

/** Bytes of one read. More would not stay in a processor's cache until they are parsed. */
const INPUT_SIZE = 256 * 1024;

/** SIMD for masking, null where it cannot be had. */
export const simd = loadMaskSimd();

/**
 * The process's one input buffer. Whatever reads a socket may read into it, for what is read is parsed
 * before the next read, of whichever socket; it lies where SIMD unmasks it without copying.
 */
export const inputBuffer: Buffer = simd === null ? Buffer.allocUnsafeSlow(INPUT_SIZE) : simd.memory;
