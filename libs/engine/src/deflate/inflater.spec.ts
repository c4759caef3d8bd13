import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { DEFLATE_PATHS, inflateMessage } from '../testing-fixtures/deflate-paths.js';
import {
  FLUSH_TAIL,
  ZlibPeer,
  storedBlock,
  textRepeatingAt,
} from '../testing-fixtures/zlib-peer.js';

const WINDOWS = [8, 9, 10, 11, 12, 13, 14, 15];
const HELLO = Buffer.from('f248cdc9c90700', 'hex');

/** A message whose only block is marked final, as a sender without a flush makes it (7.2.3.4). */
function finalBlock(text: string): Buffer {
  return deflateRawSync(text, { finishFlush: constants.Z_FINISH });
}

describe.each(DEFLATE_PATHS)('inflating through the $path path', ({ inflater }) => {
  it('reads the examples of RFC 7692 7.2.3', () => {
    const examples: [string, string][] = [
      ['one compressed block (7.2.3.1)', 'f248cdc9c90700'],
      ['no compression (7.2.3.3)', '000500faff48656c6c6f00'],
      ['a final block (7.2.3.4)', 'f348cdc9c9070000'],
      ['two blocks (7.2.3.5)', 'f248050000 00ffffcac9c907 00'.replaceAll(' ', '')],
    ];
    for (const [, hex] of examples) {
      const result = inflateMessage(inflater(), Buffer.from(hex, 'hex'));
      expect(result?.toString()).toBe('Hello');
    }
  });

  it('shares the window between messages (7.2.3.2)', () => {
    const shared = inflater();
    expect(inflateMessage(shared, HELLO)?.toString()).toBe('Hello');
    expect(inflateMessage(shared, Buffer.from('f200110000', 'hex'))?.toString()).toBe('Hello');
    const separate = inflater({ takeover: false });
    inflateMessage(separate, HELLO);
    expect(inflateMessage(separate, Buffer.from('f200110000', 'hex'))).toBeNull();
  });

  it('reads an empty message, be it one empty block or nothing at all (7.2.3.6)', () => {
    const shared = inflater();
    for (const empty of ['00', '', '0200', '000000ffff00']) {
      expect(inflateMessage(shared, Buffer.from(empty, 'hex'))).toEqual(Buffer.alloc(0));
      expect(inflateMessage(shared, HELLO)?.toString()).toBe('Hello');
    }
  });

  it.each(WINDOWS)('reads what zlib deflates with a window of %i bits', async (windowBits) => {
    for (const takeover of [true, false]) {
      const peer = new ZlibPeer(windowBits, takeover);
      const own = inflater({ takeover, windowBits });
      // As far back as zlib looks in this window, so that a smaller one would not do.
      const far = textRepeatingAt(2 ** Math.max(windowBits, 9) - 262);
      for (const message of [far, far, Buffer.from('short'), Buffer.alloc(0), far]) {
        expect(inflateMessage(own, await peer.compress(message))?.equals(message)).toBe(true);
      }
    }
  });

  it('reads a message in pieces of any size', async () => {
    const text = Buffer.from('grüße, '.repeat(40) + Math.PI);
    for (const takeover of [true, false]) {
      const peer = new ZlibPeer(15, takeover);
      const own = inflater({ takeover });
      const length = (await new ZlibPeer(15, false).compress(text)).length;
      for (let size = 1; size <= length; size++) {
        expect(inflateMessage(own, await peer.compress(text), size)).toEqual(text);
      }
    }
  });

  it('reads stored blocks, alone and between others', () => {
    const message = Buffer.concat([
      storedBlock('one '),
      storedBlock('two '),
      storedBlock(''),
      HELLO,
    ]);
    expect(inflateMessage(inflater(), message)?.toString()).toBe('one two Hello');
    const incompressible = textRepeatingAt(100_000, 100_000);
    const stored = [0, 50_000].map((at) => storedBlock(incompressible.subarray(at, at + 50_000)));
    const all = Buffer.concat([...stored, Buffer.from([0])]);
    for (const size of [all.length, 1_000]) {
      expect(inflateMessage(inflater(), all, size)?.equals(incompressible)).toBe(true);
    }
  });

  it('goes on behind a block marked final in the middle of a message', () => {
    for (const takeover of [true, false]) {
      const own = inflater({ takeover });
      const message = Buffer.concat([
        finalBlock('one '),
        storedBlock('two ', true),
        finalBlock(''),
        finalBlock('three '),
        HELLO,
      ]);
      for (let size = 1; size <= message.length; size++) {
        expect(inflateMessage(own, message, size)?.toString()).toBe('one two three Hello');
      }
    }
  });

  it('goes on behind a block marked final at the end, with and without the 0x00 after it', () => {
    for (const takeover of [true, false]) {
      const own = inflater({ takeover });
      for (const end of ['', '00']) {
        const message = Buffer.concat([finalBlock('last'), Buffer.from(end, 'hex')]);
        for (let size = 1; size <= message.length; size++) {
          expect(inflateMessage(own, message, size)?.toString()).toBe('last');
          expect(inflateMessage(own, HELLO)?.toString()).toBe('Hello');
        }
      }
    }
  });

  it('hands out a message that is larger than any of its buffers', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 1, 'nestwire');
    const payload = await new ZlibPeer(15, true).compress(large);
    expect(inflateMessage(inflater(), payload)?.equals(large)).toBe(true);
  });

  it.each([
    ['a reserved block type', '07'],
    ['a stored block whose length is not confirmed', '000500000048656c6c6f00'],
    ['text', Buffer.from('{"not":"deflate"}').toString('hex')],
    ['noise behind a good block', 'f248cdc9c907ffffffffff'],
  ])('finds %s corrupt', (_what, hex) => {
    for (const takeover of [true, false]) {
      for (const size of [1, 100]) {
        const own = inflater({ takeover });
        inflateMessage(own, HELLO);
        expect(inflateMessage(own, Buffer.from(hex, 'hex'), size)).toBeNull();
      }
    }
  });

  it('finds a reference to before the window, or to what was never sent, corrupt', async () => {
    const far = await new ZlibPeer(15, true).compress(textRepeatingAt(20_000));
    expect(inflateMessage(inflater({ windowBits: 9 }), far)).toBeNull();
    const peer = new ZlibPeer(15, true);
    const text = textRepeatingAt(500);
    await peer.compress(text);
    expect(inflateMessage(inflater(), await peer.compress(text))).toBeNull();
  });

  it('takes no truncated message for the whole', async () => {
    const text = Buffer.from(`${'abcdefgh'.repeat(50)}${Math.E}`);
    const whole = await new ZlibPeer(15, false).compress(text);
    // The last bytes hold nothing of the text: the end of its block, and the start of the tail's.
    for (let length = 1; length < whole.length - 3; length++) {
      const result = inflateMessage(inflater({ takeover: false }), whole.subarray(0, length));
      expect(result === null || !result.equals(text)).toBe(true);
    }
  });

  it('bounds what many final blocks cost', () => {
    const blocks = Buffer.alloc(64 * 1024, Buffer.from('0300', 'hex'));
    const begin = performance.now();
    inflateMessage(inflater(), blocks);
    expect(performance.now() - begin).toBeLessThan(500);
  });

  it('is not disturbed by another connection that ended in the middle of a message', () => {
    const broken = inflater({ takeover: false });
    broken.feed(HELLO.subarray(0, 3), false);
    broken.next();
    const second = inflater({ takeover: false });
    second.feed(HELLO.subarray(0, 3), false);
    second.next();
    broken.end();
    second.feed(HELLO.subarray(3), true);
    expect(second.next()?.toString() || second.next()?.toString()).toContain('lo');
    for (let round = 0; round < 20; round++) {
      expect(inflateMessage(inflater({ takeover: false }), HELLO)?.toString()).toBe('Hello');
    }
  });

  it('can be ended at any time, and more than once', () => {
    const own = inflater();
    own.end();
    own.feed(HELLO, true);
    own.end();
    own.end();
    expect(own.next()).toEqual(Buffer.alloc(0));
  });
});

describe('the limit on what is inflated', () => {
  const bomb = deflateRawSync(Buffer.alloc(50 * 1024 * 1024), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });

  it('can be enforced after each step of at most 64 KiB on the binding path', () => {
    const own = DEFLATE_PATHS[0]!.inflater();
    own.feed(bomb.subarray(0, -FLUSH_TAIL.length), true);
    for (let step = 0; step < 20; step++) expect(own.next()!.length).toBeLessThanOrEqual(64 * 1024);
    own.end();
  });

  it('stops zlib one byte above on the one-shot path', () => {
    const own = DEFLATE_PATHS[1]!.inflater({ maxOutput: 1000 });
    own.feed(bomb, true);
    expect(own.next()).toHaveLength(1001);
    const exact = DEFLATE_PATHS[1]!.inflater({ maxOutput: 5 });
    expect(inflateMessage(exact, HELLO)?.toString()).toBe('Hello');
  });
});
