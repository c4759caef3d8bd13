import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { MessageAssembler } from './message-assembler.js';

/** The memory a message lies in. */
function roomOf(message: MessageAssembler): ArrayBufferLike {
  return message.join().buffer;
}

/** A message so far: `length` bytes, and `ahead` announced to follow. */
function assembled(length: number, ahead = 0, isText = true): MessageAssembler {
  const message = new MessageAssembler(isText);
  message.append(Buffer.alloc(length, 1), false, ahead);
  return message;
}

/** A binary message of a million bytes whose length nobody has announced. */
function grown(fill: number): Buffer {
  const message = new MessageAssembler(false);
  for (let pieces = 0; pieces < 20; pieces++) message.append(Buffer.alloc(50_000, fill), false);
  return message.join();
}

describe('MessageAssembler', () => {
  it('joins pieces of any lengths in order', () => {
    const length = fc.oneof(fc.nat(300), fc.constantFrom(0, 255, 256, 257, 10_000));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 30 }), (lengths) => {
        const message = new MessageAssembler(false);
        const pieces = lengths.map((size, index) => Buffer.alloc(size, index + 1));
        for (const piece of pieces) expect(message.append(piece, false)).toBe(true);
        const whole = Buffer.concat(pieces);
        expect(message.length).toBe(whole.length);
        expect(message.chunks).toBe(pieces.length);
        expect(message.endsWhole()).toBe(true);
        expect(message.join().equals(whole)).toBe(true);
      }),
    );
  });

  it('needs no piece once it has taken it', () => {
    const message = new MessageAssembler(false);
    for (const size of [10, 5000, 1]) {
      const piece = Buffer.alloc(size, 1);
      message.append(piece, false);
      piece.fill(9);
    }
    expect(message.join().equals(Buffer.alloc(5011, 1))).toBe(true);
  });

  it('makes room for what a header announces as its bytes come, not before', () => {
    const announced = 1 << 20;
    const piece = Buffer.alloc(64 * 1024, 1);
    const message = new MessageAssembler(false);
    const rooms = new Set<number>();
    for (let ahead = announced - piece.length; ahead >= 0; ahead -= piece.length) {
      message.append(piece, false, ahead);
      const room = message.join().buffer.byteLength;
      expect(room).toBeLessThanOrEqual(4 * message.length);
      rooms.add(room);
    }
    expect([...rooms]).toEqual([4 * piece.length, announced]);
    expect(message.join()).toHaveLength(announced);
  });

  it('holds at most twice the bytes it was given, even one at a time', () => {
    const message = new MessageAssembler(true);
    const count = 100_000;
    let chunk = Buffer.alloc(0);
    for (let index = 0; index < count; index++) {
      // A view of a chunk, as the decoder gives it; a thousand such chunks must not stay with it.
      if (index % 100 === 0) chunk = Buffer.alloc(65_536, 'a');
      message.append(chunk.subarray(index % 100, (index % 100) + 1), true);
    }
    const held = message.join().buffer.byteLength;
    expect(held).toBeLessThanOrEqual(2 * count + 256);
    expect(message.chunks).toBe(count);
  });

  it('holds next to nothing of empty pieces', () => {
    const message = new MessageAssembler(false);
    for (let index = 0; index < 10_000; index++) message.append(Buffer.alloc(0), true);
    expect(message.length).toBe(0);
    expect(message.join().buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
  });

  it('never has more room than the message is long, once that is announced', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }), (lengths) => {
        const message = new MessageAssembler(false);
        let ahead = lengths.reduce((sum, length) => sum + length, 0);
        const whole = ahead;
        for (const length of lengths) {
          message.append(Buffer.alloc(length), false, (ahead -= length));
          const room = message.join().buffer.byteLength;
          expect(room).toBeLessThanOrEqual(Math.max(256, Math.min(whole, 4 * message.length)));
        }
      }),
    );
  });

  describe('recycled', () => {
    it('gives its memory to one later message, and to no two at once', () => {
      const first = assembled(1 << 20);
      const room = roomOf(first);
      first.recycle();
      const second = assembled(1 << 20);
      const third = assembled(1 << 20);
      expect(roomOf(second)).toBe(room);
      expect(roomOf(third)).not.toBe(room);
      expect(second.join().equals(Buffer.alloc(1 << 20, 1))).toBe(true);
      expect(second.join()).toHaveLength(1 << 20);
    });

    it('spares a message that is announced to be large the moves to larger memory', () => {
      const first = assembled(1 << 20);
      const room = roomOf(first);
      first.recycle();
      expect(roomOf(assembled(1000, (1 << 20) - 1000))).toBe(room);
    });

    it('lends no large memory to a small message', () => {
      const first = assembled(1 << 20);
      const room = roomOf(first);
      first.recycle();
      expect(roomOf(assembled(1000))).not.toBe(room);
      expect(roomOf(assembled(1 << 19))).toBe(room);
    });

    it('lends its memory to no message that is not text, for that is kept', () => {
      const first = assembled(1 << 20);
      const room = roomOf(first);
      first.recycle();
      expect(roomOf(assembled(1 << 20, 0, false))).not.toBe(room);
      expect(roomOf(assembled(1 << 20))).toBe(room);
    });

    it('is what a message grew in whose length nobody knew, once it is copied into its own', () => {
      const [one, two] = [grown(1), grown(2)];
      for (const [fill, whole] of [one, two].entries()) {
        expect([whole.length, whole.buffer.byteLength]).toEqual([1_000_000, 1_000_000]);
        expect(whole.every((byte) => byte === fill + 1)).toBe(true);
      }
      expect(two.buffer).not.toBe(one.buffer);
    });

    it('keeps neither small memory nor more than 4 MiB', () => {
      for (const length of [1000, (1 << 22) + 1]) {
        const message = assembled(length);
        const room = roomOf(message);
        message.recycle();
        expect(roomOf(assembled(length))).not.toBe(room);
      }
    });
  });

  it('is ASCII as long as every piece is known to be', () => {
    const message = new MessageAssembler(true);
    message.append(Buffer.from('abc'), true);
    expect(message.ascii).toBe(true);
    message.append(Buffer.from('é'), false);
    message.append(Buffer.from('abc'), true);
    expect(message.ascii).toBe(false);
    expect(message.join().toString()).toBe('abcéabc');
  });

  it('refuses text at the first piece nothing can make valid', () => {
    const message = new MessageAssembler(true);
    expect(message.append(Buffer.from([0x61, 0xe2]), false)).toBe(true);
    expect(message.append(Buffer.from([0x82]), false)).toBe(true);
    expect(message.append(Buffer.from([0x61]), true)).toBe(false);
  });

  it('refuses text that ends inside a character', () => {
    const message = new MessageAssembler(true);
    message.append(Buffer.from([0x61, 0xe2, 0x82]), false);
    expect(message.endsWhole()).toBe(false);
  });

  it('takes any bytes where they are not to be text', () => {
    const message = new MessageAssembler(false);
    expect(message.append(Buffer.from([0xff, 0xe2]), false)).toBe(true);
    expect(message.endsWhole()).toBe(true);
  });
});
