import { describe, expect, it } from '@jest/globals';
import { deflateRawSync, constants } from 'node:zlib';
import { Inflater } from '../deflate/inflater.js';
import { FLUSH_TAIL } from '../testing-fixtures/zlib-peer.js';
import type { Decompressor } from './decompressor.js';

const LARGE = Buffer.alloc(300 * 1024, 'large ');

/** A message as the wire has it (RFC 7692 7.2.1). */
function compressed(text: Buffer | string): Buffer {
  const flushed = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  return flushed.subarray(0, -FLUSH_TAIL.length);
}

/** All that comes of what was fed, copied at once; null when it is corrupt. */
function drain(decompressor: Decompressor): { bytes: Buffer | null; steps: number } {
  const parts: Buffer[] = [];
  for (;;) {
    const output = decompressor.next();
    if (output === null) return { bytes: null, steps: parts.length };
    if (output.length === 0) return { bytes: Buffer.concat(parts), steps: parts.length };
    parts.push(Buffer.from(output));
  }
}

/** Each that the engine has, made anew. */
const decompressors: [string, () => Decompressor][] = [
  ['one without context takeover', () => new Inflater(false, 15)],
  ['one with context takeover', () => new Inflater(true, 15)],
];

describe.each(decompressors)('a Decompressor: %s', (_name, create) => {
  it('is types alone: nothing of it is loaded when a program runs', async () => {
    expect(Object.keys(await import('./decompressor.js'))).toEqual([]);
  });

  it('inflates message by message', () => {
    const decompressor = create();
    for (const text of ['first', '', 'third']) {
      decompressor.feed(compressed(text), true);
      expect(String(drain(decompressor).bytes)).toBe(text);
    }
    decompressor.end();
  });

  it('takes a message in pieces and has used each up before the next', () => {
    const decompressor = create();
    const bytes = compressed('in pieces of one byte');
    let text = '';
    for (let at = 0; at < bytes.length; at++) {
      decompressor.feed(bytes.subarray(at, at + 1), at === bytes.length - 1);
      text += String(drain(decompressor).bytes);
    }
    expect(text).toBe('in pieces of one byte');
    decompressor.end();
  });

  it('gives a large message in steps of at most 64 KiB, so that it can be judged while it grows', () => {
    const decompressor = create();
    decompressor.feed(compressed(LARGE), true);
    const { bytes, steps } = drain(decompressor);
    expect(bytes?.equals(LARGE)).toBe(true);
    expect(steps).toBeGreaterThanOrEqual(LARGE.length / (64 * 1024));
    decompressor.end();
  });

  it('says null of what is corrupt', () => {
    const decompressor = create();
    decompressor.feed(Buffer.from([0x07]), true);
    expect(drain(decompressor).bytes).toBeNull();
    decompressor.end();
  });

  it('may be ended at any time, twice too, and gives nothing more', () => {
    const decompressor = create();
    decompressor.feed(compressed(LARGE), true);
    decompressor.next();
    decompressor.end();
    decompressor.end();
    expect(decompressor.next()).toHaveLength(0);
  });
});
