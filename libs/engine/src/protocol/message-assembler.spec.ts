import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { MessageAssembler } from './message-assembler.js';

/** From this length on a piece is kept as it is. */
const KEEP_FROM = 4096;

describe('MessageAssembler', () => {
  it('joins pieces of any lengths in order', () => {
    const length = fc.oneof(
      fc.nat(300),
      fc.constantFrom(0, KEEP_FROM - 1, KEEP_FROM, KEEP_FROM + 1, 10_000),
    );
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

  it('does not copy a message that is one long piece', () => {
    const message = new MessageAssembler(false);
    const piece = Buffer.alloc(KEEP_FROM, 1);
    message.append(piece, false);
    expect(message.join()).toBe(piece);
  });

  it('keeps long pieces by reference and copies short ones', () => {
    const message = new MessageAssembler(false);
    const short = Buffer.alloc(KEEP_FROM - 1, 1);
    const long = Buffer.alloc(KEEP_FROM, 2);
    message.append(short, false);
    message.append(long, false);
    short.fill(9);
    long.fill(8);
    const whole = message.join();
    expect(whole[0]).toBe(1);
    expect(whole.at(-1)).toBe(8);
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
