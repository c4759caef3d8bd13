import { describe, expect, it } from '@jest/globals';
import type { Decompressor } from './decompressor.js';
import { LimitError, ProtocolError } from './errors.js';
import { MessageAssembler } from './message-assembler.js';
import { MessageInflater } from './message-inflater.js';

const KIB = 1024;
const STEP = 64 * KIB;

/** Gives these outputs, whatever it is fed, and null where one is null. */
function outputs(...given: (Buffer | null)[]): Decompressor {
  return {
    feed() {},
    next() {
      const output = given.shift();
      return output === undefined ? Buffer.alloc(0) : output;
    },
    end() {},
  };
}

const steps = (count: number) => Array.from({ length: count }, () => Buffer.alloc(STEP, 'a'));

describe('MessageInflater', () => {
  it('inflates a small message in one step', () => {
    const inflater = new MessageInflater(outputs(Buffer.from('small')));
    expect(inflater.inflateWhole(Buffer.alloc(1), 0)).toEqual(Buffer.from('small'));
    expect([inflater.isPending, inflater.isBusy]).toEqual([false, false]);
  });

  it('spreads a large one over turns', () => {
    const inflater = new MessageInflater(outputs(...steps(10)));
    const message = new MessageAssembler(false);
    inflater.feed(Buffer.alloc(1), true);
    const lengths: number[] = [];
    while (inflater.isPending) {
      inflater.startTurn();
      expect(inflater.endsMessage).toBe(true);
      expect(inflater.inflate(message, 0)).toBeNull();
      lengths.push(message.length / STEP);
    }
    expect(lengths).toEqual([4, 8, 10]);
  });

  it('gives the first bytes of one that came whole, then adds the others', () => {
    const inflater = new MessageInflater(outputs(...steps(2)));
    const message = new MessageAssembler(false);
    const first = inflater.inflateWhole(Buffer.alloc(1), 0) as Buffer;
    expect([first.length, inflater.isPending]).toEqual([STEP, true]);
    expect(inflater.append(message, first, 0)).toBeNull();
    expect(inflater.inflate(message, 0)).toBeNull();
    expect([message.length, inflater.isPending]).toEqual([2 * STEP, false]);
  });

  it('counts the first bytes of such a one once', () => {
    const inflater = new MessageInflater(outputs(...steps(4)));
    const message = new MessageAssembler(false);
    inflater.startTurn();
    const first = inflater.inflateWhole(Buffer.alloc(1), 0) as Buffer;
    inflater.append(message, first, 0);
    inflater.inflate(message, 0);
    expect([message.length, inflater.framesInflated]).toEqual([4 * STEP, 256]);
  });

  it('tells what is corrupt, too large or no UTF-8', () => {
    const corrupt = new MessageInflater(outputs(null));
    expect(corrupt.inflateWhole(Buffer.alloc(1), 0)).toBeInstanceOf(ProtocolError);
    const large = new MessageInflater(outputs(...steps(3)));
    large.feed(Buffer.alloc(1), true);
    expect(large.inflate(new MessageAssembler(false), STEP)).toBeInstanceOf(LimitError);
    const text = new MessageInflater(outputs(Buffer.from([0xff])));
    text.feed(Buffer.alloc(1), true);
    expect(text.inflate(new MessageAssembler(true), 0)).toBeInstanceOf(ProtocolError);
  });

  it('tells the same of what comes behind the first bytes of one that came whole', () => {
    const ends = ['inflateWhole', 'inflate'] as const;
    const cases = [
      { at: 0, given: [Buffer.alloc(STEP + 1)], limit: STEP, error: LimitError },
      { at: 0, given: [Buffer.alloc(1), null], limit: 0, error: ProtocolError },
      { at: 1, given: [Buffer.alloc(STEP), Buffer.alloc(1)], limit: STEP, error: LimitError },
      { at: 1, given: [Buffer.alloc(1), Buffer.alloc(1), null], limit: 0, error: ProtocolError },
      { at: 1, given: [...steps(2), Buffer.alloc(1)], limit: 2 * STEP, error: LimitError },
    ];
    for (const { at, given, limit, error } of cases) {
      const inflater = new MessageInflater(outputs(...given));
      const message = new MessageAssembler(false);
      const first = inflater.inflateWhole(Buffer.alloc(1), limit);
      const found = [first, null as unknown];
      if (Buffer.isBuffer(first)) {
        expect(inflater.append(message, first, limit)).toBeNull();
        found[1] = inflater.inflate(message, limit);
      }
      expect([ends[at], found[at]]).toEqual([ends[at], expect.any(error)]);
    }
  });

  it('is spent by small messages that together are a slice, until another turn', () => {
    const half = Buffer.alloc(STEP / 2);
    const inflater = new MessageInflater(outputs(half, Buffer.alloc(0), Buffer.alloc(0)));
    expect(inflater.inflateWhole(Buffer.alloc(1), 0)).toHaveLength(STEP / 2);
    // Bytes that inflate to none, as of an empty message.
    expect(inflater.inflateWhole(Buffer.alloc(1), 0)).toHaveLength(0);
    expect([inflater.isBusy, inflater.framesInflated]).toEqual([false, 32]);
    for (let count = 0; count < 7; count++) {
      inflater.decompressor = outputs(half);
      inflater.inflateWhole(Buffer.alloc(1), 0);
    }
    expect([inflater.isBusy, inflater.isPending, inflater.spent]).toEqual([true, false, true]);
  });

  it('lends what is as long as one step brings: more may follow', () => {
    const inflater = new MessageInflater(outputs(...steps(1)));
    expect(inflater.inflateWhole(Buffer.alloc(1), 0)).toHaveLength(STEP);
    expect([inflater.isPending, inflater.framesInflated]).toEqual([true, 0]);
  });

  it('ends without a decompressor, too', () => {
    const inflater = new MessageInflater(null);
    inflater.end();
    expect(inflater.isBusy).toBe(false);
  });

  it('counts what one message came with, and has nothing to do once it is ended', () => {
    const inflater = new MessageInflater(outputs(...steps(10)));
    inflater.feed(Buffer.alloc(3), false);
    inflater.feed(Buffer.alloc(4), false);
    expect(inflater.wireLength).toBe(7);
    expect(inflater.inflate(new MessageAssembler(false), 0)).toBeNull();
    expect(inflater.isBusy).toBe(true);
    inflater.end();
    expect([inflater.isPending, inflater.isBusy]).toEqual([false, false]);
  });
});
