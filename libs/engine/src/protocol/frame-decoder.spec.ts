import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { cutsOf } from '../testing-fixtures/naive-utf8.js';
import { TEST_MASK, rawFrame } from '../testing-fixtures/raw-frame.js';
import { framesTo } from '../testing-fixtures/receive.js';
import { FrameDecoder, type FrameSink } from './frame-decoder.js';
import type { FrameHeader } from './frame-header.js';
import { isControl } from './opcode.js';

/** Plain, for `expect` would take most of the time of tests that decode thousands of streams. */
function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Puts frames together again from what the decoder says, and checks the order it says it in. */
class CollectingSink implements FrameSink {
  /** `opcode:payload` of each whole frame. */
  readonly frames: string[] = [];
  /** Frames or pieces of frames handed out. */
  handed = 0;
  afterFrame: () => boolean = () => true;
  private known: 'nothing' | 'start' | 'length' = 'nothing';
  private pieces: Buffer[] = [];

  frameStarts(): boolean {
    check(this.known === 'nothing', 'A frame starts inside another');
    this.known = 'start';
    return true;
  }

  lengthKnown(): boolean {
    check(this.known === 'start', 'A length is known twice, or before its frame starts');
    this.known = 'length';
    return true;
  }

  frame(header: FrameHeader, payload: Buffer): boolean {
    check(this.pieces.length === 0, 'A whole frame follows pieces');
    return this.whole(header, payload, false);
  }

  textFrame(h: FrameHeader, chunk: Buffer, start: number, end: number, ascii: boolean): boolean {
    check(this.pieces.length === 0, 'A whole frame follows pieces');
    return this.whole(h, Buffer.from(chunk.subarray(start, end)), ascii);
  }

  framePiece(header: FrameHeader, view: Buffer, ascii: boolean, ahead: number): boolean {
    const piece = Buffer.from(view);
    check(!isControl(header.opcode), 'A control frame came in pieces');
    check(piece.length > 0 || header.length === 0, 'A piece is empty');
    this.pieces.push(piece);
    const sofar = this.pieces.reduce((sum, { length }) => sum + length, 0);
    check(sofar + ahead === header.length, 'A piece is not where it says');
    if (ahead === 0) return this.whole(header, Buffer.concat(this.pieces.splice(0)), ascii, piece);
    check(!ascii || isAscii(piece), 'A piece is not ASCII');
    this.handed++;
    return true;
  }

  private whole(header: FrameHeader, payload: Buffer, ascii: boolean, piece = payload): boolean {
    check(this.known === 'length', 'A frame ends before its length is known');
    check(payload.length === header.length, 'A frame has another length than its header says');
    check(!ascii || isAscii(piece), 'A frame is not ASCII');
    this.known = 'nothing';
    this.handed++;
    this.frames.push(`${header.opcode}:${payload.toString('hex')}`);
    return this.afterFrame();
  }
}

/** Gives the decoder a chunk that is overwritten as soon as it has been read. */
function receive(decoder: FrameDecoder, chunk: Buffer): void {
  const lent = Buffer.from(chunk);
  decoder.receive(lent, lent.length);
  lent.fill(0xee);
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 128);
}

describe('FrameDecoder and segmentation', () => {
  it.each([
    ['masked', TEST_MASK],
    ['unmasked', undefined],
  ])('finds the same %s frames in every segmentation', (_name, mask) => {
    // 14 bytes at most, for there are 2^13 ways to cut them.
    const stream = Buffer.concat([
      rawFrame({ opcode: 2, payload: 'ab', mask }),
      rawFrame({ opcode: 9, payload: mask ? '' : 'xyz', mask }),
    ]);
    const whole = ['2:6162', mask ? '9:' : '9:78797a'].join();
    for (const pieces of cutsOf(stream)) {
      const sink = new CollectingSink();
      const decoder = new FrameDecoder(sink, 1000);
      for (const piece of pieces) receive(decoder, Buffer.from(piece));
      check(sink.frames.join() === whole, `Other frames from ${pieces.length} pieces`);
    }
  });

  it('finds random frames in random segmentations, byte by byte too', () => {
    const frame = fc.record({
      opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
      length: fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 127, 4096, 65_535, 65_536)),
      masked: fc.boolean(),
      wide: fc.constantFrom<16 | 64 | undefined>(undefined, 16, 64),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 6 }),
        fc.array(fc.oneof(fc.constant(1), fc.nat(20), fc.nat(5000)), { maxLength: 60 }),
        (frames, sizes) => {
          const stream = frames.map(({ opcode, length, masked, wide }, index) => {
            const small = opcode >= 8 ? length % 126 : length;
            return rawFrame({
              opcode,
              payload: Buffer.alloc(small, index * 50),
              mask: masked ? TEST_MASK : undefined,
              lengthBits: opcode < 8 && small < 65_536 ? wide : undefined,
            });
          });
          const expected = frames.map(({ opcode, length }, index) => {
            const small = opcode >= 8 ? length % 126 : length;
            return `${opcode}:${Buffer.alloc(small, index * 50).toString('hex')}`;
          });
          const bytes = Buffer.concat(stream);
          const sink = new CollectingSink();
          const decoder = new FrameDecoder(sink, 1000);
          let start = 0;
          for (const size of sizes) receive(decoder, bytes.subarray(start, (start += size)));
          receive(decoder, bytes.subarray(start));
          expect(sink.frames).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives a control frame whole, only lent, also when it came in pieces', () => {
    const sink = new CollectingSink();
    const payloads: string[] = [];
    const frame = sink.frame.bind(sink);
    sink.frame = (header, payload) => {
      payloads.push(payload.toString());
      return frame(header, payload);
    };
    const decoder = new FrameDecoder(sink, 1000);
    for (const text of ['a'.repeat(125), 'b'.repeat(125)]) {
      for (const byte of rawFrame({ opcode: 9, payload: text, mask: TEST_MASK })) {
        receive(decoder, Buffer.from([byte]));
      }
    }
    expect(payloads).toEqual(['a'.repeat(125), 'b'.repeat(125)]);
  });

  it('has the length judged as soon as the header is whole, before any payload', () => {
    const sink = new CollectingSink();
    const lengths: number[] = [];
    sink.lengthKnown = () => {
      lengths.push(sink.handed);
      return false;
    };
    const decoder = new FrameDecoder(sink, 1000);
    const header = rawFrame({ opcode: 2, declaredLength: 1_000_000n, mask: TEST_MASK });
    receive(decoder, header.subarray(0, 13));
    expect(lengths).toEqual([]);
    receive(decoder, header.subarray(13));
    expect(lengths).toEqual([0]);
  });
});

/** Ten masked frames of one byte each in one chunk, the frame's number its payload. */
function tenFrames(): Buffer {
  const frames = Array.from({ length: 10 }, (_, index) =>
    rawFrame({ opcode: 2, payload: Buffer.from([index]), mask: TEST_MASK }),
  );
  return Buffer.concat(frames);
}

const TEN = Array.from({ length: 10 }, (_, index) => `2:0${index}`);

describe('FrameDecoder held', () => {
  it('stops behind any frame of a chunk and goes on where it stopped', () => {
    for (let stopAt = 1; stopAt <= 10; stopAt++) {
      const sink = new CollectingSink();
      const decoder = new FrameDecoder(sink, 1000);
      sink.afterFrame = () => {
        if (sink.frames.length === stopAt) decoder.hold();
        return true;
      };
      receive(decoder, tenFrames());
      expect(sink.frames).toEqual(TEN.slice(0, stopAt));
      expect(decoder.pending).toBe(stopAt < 10);
      decoder.resume();
      expect(sink.frames).toEqual(TEN);
      expect(decoder.pending).toBe(false);
    }
  });

  it('keeps what arrives meanwhile, in order', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 1000);
    decoder.hold();
    const bytes = tenFrames();
    for (let at = 0; at < bytes.length; at += 3) receive(decoder, bytes.subarray(at, at + 3));
    expect(sink.frames).toEqual([]);
    expect(decoder.pending).toBe(true);
    decoder.resume();
    expect(sink.frames).toEqual(TEN);
  });

  it('can be held inside a frame that came in pieces', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 1000);
    const bytes = rawFrame({ opcode: 2, payload: Buffer.alloc(50, 7), mask: TEST_MASK });
    receive(decoder, bytes.subarray(0, 20));
    decoder.hold();
    receive(decoder, bytes.subarray(20, 30));
    expect(sink.handed).toBe(1);
    decoder.resume();
    receive(decoder, bytes.subarray(30));
    expect(sink.frames).toEqual([`2:${'07'.repeat(50)}`]);
  });
});

describe('FrameDecoder and its budget', () => {
  it('hands out no more frames at a time than it was told, and loses none', () => {
    for (let budget = 1; budget <= 11; budget++) {
      const sink = new CollectingSink();
      const decoder = new FrameDecoder(sink, budget);
      receive(decoder, tenFrames());
      let turns = 1;
      expect(sink.frames).toHaveLength(Math.min(10, budget));
      while (decoder.pending) {
        const before = sink.frames.length;
        decoder.budget = budget;
        decoder.resume();
        turns++;
        expect(sink.frames.length - before).toBeLessThanOrEqual(budget);
      }
      expect(sink.frames).toEqual(TEN);
      expect(turns).toBe(Math.ceil(10 / budget));
    }
  });

  it('puts a chunk that arrives before its turn behind what waits', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 4);
    const bytes = tenFrames();
    receive(decoder, bytes.subarray(0, 40));
    receive(decoder, bytes.subarray(40));
    expect(sink.frames).toEqual(TEN.slice(0, 4));
    while (decoder.pending) {
      decoder.budget = 4;
      decoder.resume();
    }
    expect(sink.frames).toEqual(TEN);
  });

  it('does not begin anew with a chunk', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 5);
    const bytes = tenFrames();
    receive(decoder, bytes.subarray(0, 35));
    receive(decoder, bytes.subarray(35));
    expect(sink.frames).toEqual(TEN.slice(0, 5));
    expect(decoder.budget).toBe(0);
  });

  it('takes 256 bytes for a frame, or 4 KiB of a large one in pieces', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 256);
    const message = framesTo('server', { opcode: 2, payload: Buffer.alloc(4096) });
    receive(decoder, Buffer.concat([message, message]));
    expect(decoder.budget).toBe(256 - 2 * 16);
    receive(
      decoder,
      framesTo('server', { opcode: 2, payload: Buffer.alloc(4096) }).subarray(0, 2200),
    );
    expect(decoder.budget).toBe(256 - 2 * 16 - 8);
    const other = new FrameDecoder(new CollectingSink(), 256);
    const large = framesTo('server', { opcode: 2, payload: Buffer.alloc(128 * 1024) });
    receive(other, large.subarray(0, 100_000));
    receive(other, large.subarray(100_000));
    expect(other.budget).toBe(256 - 24 - 7 - 1);
  });

  it('counts a frame in pieces once', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 2);
    const bytes = tenFrames();
    receive(decoder, bytes.subarray(0, 6));
    receive(decoder, bytes.subarray(6));
    expect(sink.frames).toEqual(TEN.slice(0, 2));
  });
});

describe('FrameDecoder ended', () => {
  it('discards everything, also what waits', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 3);
    receive(decoder, tenFrames());
    decoder.end();
    expect(decoder.pending).toBe(false);
    decoder.resume();
    receive(decoder, tenFrames());
    expect(sink.frames).toEqual(TEN.slice(0, 3));
  });

  it('stops at once when it is ended from within a frame', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 1000);
    sink.afterFrame = () => {
      if (sink.frames.length === 2) decoder.end();
      return true;
    };
    receive(decoder, tenFrames());
    expect(sink.frames).toEqual(TEN.slice(0, 2));
    expect(decoder.pending).toBe(false);
  });

  it('ends when the sink says no', () => {
    const sink = new CollectingSink();
    const decoder = new FrameDecoder(sink, 1000);
    sink.afterFrame = () => sink.frames.length < 2;
    receive(decoder, tenFrames());
    receive(decoder, tenFrames());
    decoder.resume();
    expect(sink.frames).toEqual(TEN.slice(0, 2));
  });
});

describe('FrameDecoder and where it stands', () => {
  const frame = framesTo('server', { opcode: 2, payload: Buffer.alloc(50) });

  it('is idle between two frames and nowhere else', () => {
    const decoder = new FrameDecoder(new CollectingSink(), 1000);
    const idle: number[] = [];
    for (let at = 0; at < frame.length; at++) {
      if (decoder.isIdle) idle.push(at);
      receive(decoder, frame.subarray(at, at + 1));
    }
    expect(idle).toEqual([0]);
    expect(decoder.isIdle).toBe(true);
  });

  it('is not idle while it is held, has bytes left over or has ended', () => {
    const decoder = new FrameDecoder(new CollectingSink(), 1);
    decoder.hold();
    expect(decoder.isIdle).toBe(false);
    decoder.resume();
    expect(decoder.isIdle).toBe(true);
    receive(decoder, Buffer.concat([frame, frame]));
    expect(decoder.isIdle).toBe(false);
    decoder.budget = 1;
    decoder.resume();
    expect(decoder.isIdle).toBe(true);
    decoder.end();
    expect(decoder.isIdle).toBe(false);
  });

  it('counts the bytes that wait', () => {
    const decoder = new FrameDecoder(new CollectingSink(), 1000);
    decoder.hold();
    expect(decoder.waitingBytes).toBe(0);
    receive(decoder, frame);
    receive(decoder, frame);
    expect(decoder.waitingBytes).toBe(2 * frame.length);
    decoder.resume();
    expect(decoder.waitingBytes).toBe(0);
  });
});
