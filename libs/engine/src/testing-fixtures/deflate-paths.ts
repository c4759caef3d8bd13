import { Deflater } from '../deflate/deflater.js';
import { Inflater } from '../deflate/inflater.js';
import { OneShotDeflater, OneShotInflater } from '../deflate/one-shot.js';
import type { DeflateSettings } from '../deflate/zlib-handle.js';
import type { Decompressor } from '../protocol/decompressor.js';

interface InflaterOptions {
  takeover?: boolean;
  windowBits?: number;
  maxOutput?: number;
}

/** The two ways to inflate and deflate: what holds of one has to hold of the other. */
export const DEFLATE_PATHS = [
  {
    path: 'binding',
    inflater: ({ takeover = true, windowBits = 15 }: InflaterOptions = {}): Decompressor =>
      new Inflater(takeover, windowBits),
    deflater: (takeover: boolean, settings: Partial<DeflateSettings> = {}) =>
      new Deflater(takeover, { windowBits: 15, level: 1, memLevel: 8, ...settings }),
  },
  {
    path: 'one-shot',
    inflater: ({ takeover = true, windowBits = 15, maxOutput = 0 }: InflaterOptions = {}) =>
      new OneShotInflater(takeover, windowBits, maxOutput),
    deflater: (takeover: boolean, settings: Partial<DeflateSettings> = {}) =>
      new OneShotDeflater(takeover, { windowBits: 15, level: 1, memLevel: 8, ...settings }),
  },
];

/**
 * One message through an inflater, in pieces of `size` bytes.
 * @returns null when it is corrupt
 */
export function inflateMessage(
  inflater: Decompressor,
  payload: Buffer,
  size = Math.max(1, payload.length),
): Buffer | null {
  const output: Buffer[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += size) {
    inflater.feed(Buffer.from(payload.subarray(at, at + size)), at + size >= payload.length);
    for (;;) {
      const part = inflater.next();
      if (part === null) return null;
      if (part.length === 0) break;
      output.push(Buffer.from(part));
    }
  }
  return Buffer.concat(output);
}
