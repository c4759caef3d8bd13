import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFLATE_PATHS } from '../testing-fixtures/deflate-paths.js';
import { ZlibPeer, textRepeatingAt } from '../testing-fixtures/zlib-peer.js';
import type { Deflater } from './deflater.js';
import type { OneShotDeflater } from './one-shot.js';
import type { DeflateSettings } from './zlib-handle.js';

const WINDOWS = [8, 9, 10, 11, 12, 13, 14, 15];

const opened: { end(): void }[] = [];

afterEach(() => {
  for (const deflater of opened.splice(0)) deflater.end();
});

/** A copy of what the deflater makes of it, which is only valid until its next call. */
function pack(deflater: Deflater | OneShotDeflater, message: Uint8Array | string): Buffer {
  return Buffer.from(deflater.compress(Buffer.from(message)));
}

describe.each(DEFLATE_PATHS)('deflating through the $path path', ({ deflater }) => {
  const open = (
    takeover: boolean,
    settings: Partial<DeflateSettings> = {},
  ): Deflater | OneShotDeflater => {
    const made = deflater(takeover, settings);
    opened.push(made);
    return made;
  };

  it.each(WINDOWS)('is read by zlib with a window of %i bits', async (windowBits) => {
    for (const takeover of [true, false]) {
      // An agreed window of 8 bits is deflated with 9, the least zlib has (RFC 7692 7.1.2.1).
      const own = open(takeover, { windowBits: Math.max(9, windowBits) });
      const peer = new ZlibPeer(windowBits, takeover);
      const messages = [100, 200, 249, 250, 251, 256, 2 ** windowBits - 262, 2 ** windowBits].map(
        (distance) => textRepeatingAt(Math.max(1, distance)),
      );
      for (const message of [...messages, ...messages, Buffer.from('short'), Buffer.alloc(0)]) {
        expect((await peer.decompress(pack(own, message))).equals(message)).toBe(true);
      }
    }
  });

  it('makes one byte of an empty message (7.2.3.6)', () => {
    for (const takeover of [true, false]) {
      const own = open(takeover);
      expect(pack(own, '').toString('hex')).toBe('00');
      pack(own, 'something');
      expect(pack(own, '').toString('hex')).toBe('00');
    }
  });

  it('takes the 00 00 FF FF off the end (7.2.1), whatever the length of the output', async () => {
    for (const takeover of [true, false]) {
      const own = open(takeover);
      const peer = new ZlibPeer(15, takeover);
      // Around the size of the buffer that zlib writes into, byte by byte.
      for (let length = 65_500; length < 65_560; length++) {
        const message = textRepeatingAt(length, length);
        const packed = pack(own, message);
        expect(packed.subarray(-4).toString('hex')).not.toBe('0000ffff');
        expect((await peer.decompress(packed)).equals(message)).toBe(true);
      }
    }
  });

  it('refers back to earlier messages with takeover, and never without', () => {
    const message = textRepeatingAt(2_000, 2_000);
    const dedicated = open(true);
    const first = pack(dedicated, message);
    expect(pack(dedicated, message).length).toBeLessThan(first.length / 10);
    const shared = open(false);
    const alone = pack(shared, message);
    pack(open(false), 'what another connection sends in between');
    expect(pack(shared, message)).toEqual(alone);
  });

  it('leaves its input as it is', () => {
    const message = Buffer.from('the caller still owns this'.repeat(20));
    const before = Buffer.from(message);
    pack(open(true), message);
    expect(message).toEqual(before);
  });

  it('takes every kind of byte array', async () => {
    const bytes = new Uint8Array(new ArrayBuffer(3_000), 500, 1_000).fill(7);
    const packed = pack(open(false), bytes);
    expect((await new ZlibPeer(15, false).decompress(packed)).equals(bytes)).toBe(true);
  });

  it('has one key for all connections whose messages come out the same, none with takeover', () => {
    expect(open(false).sharedKey).toBe(open(false).sharedKey);
    expect(open(false).sharedKey).not.toBe(open(false, { windowBits: 10 }).sharedKey);
    expect(open(false).sharedKey).not.toBe(open(false, { level: 9 }).sharedKey);
    expect(open(false).sharedKey).not.toBe(open(false, { memLevel: 1 }).sharedKey);
    expect(open(false).sharedKey).not.toBe(open(false, { strategy: 2 }).sharedKey);
    expect(open(true).sharedKey).toBeNull();
  });

  it('can be ended more than once', () => {
    const own = deflater(true);
    pack(own, 'x');
    own.end();
    own.end();
  });
});
