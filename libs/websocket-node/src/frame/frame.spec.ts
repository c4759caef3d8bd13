import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import {
  TEST_MASK,
  rawFrame,
  readRawFrames,
} from '../../../engine/src/testing-fixtures/raw-frame.js';
import { ByteQueue } from './byte-queue.js';
import { WebSocketFrame } from './frame.js';

const LENGTHS = [0, 1, 125, 126, 65_535, 65_536];

type Other = Pick<
  WebSocketFrame,
  'fin' | 'mask' | 'opcode' | 'binaryPayload' | 'closeStatus' | 'toBuffer' | 'addData'
>;

/** The same class of the npm package `websocket`. */
const { frame: OtherFrame } = createRequire(import.meta.url)('websocket') as {
  frame: new (maskBytes: Buffer, frameHeader: Buffer, config: object) => Other;
};

describe('toBuffer', () => {
  it('writes an empty masked ping', () => {
    const frame = new WebSocketFrame(Buffer.alloc(4), Buffer.alloc(10), {});
    frame.fin = true;
    frame.mask = true;
    frame.opcode = 0x09;
    expect(frame.toBuffer(true).toString('hex')).toBe('898000000000');
    expect(frame.length).toBe(0);
  });

  it.each(LENGTHS)('writes %i bytes with the length in the fewest bytes', (length) => {
    const payload = Buffer.alloc(length, 'x');
    const frame = new WebSocketFrame();
    frame.fin = true;
    frame.opcode = 2;
    frame.binaryPayload = payload;
    expect(frame.toBuffer().equals(rawFrame({ opcode: 2, payload }))).toBe(true);
    expect(frame.length).toBe(length);
  });

  it('masks with a key of its own each time, which is in maskBytes, or with zeros', () => {
    const frame = new WebSocketFrame();
    frame.mask = true;
    frame.opcode = 1;
    frame.binaryPayload = Buffer.from('text');
    const [first, second] = [frame.toBuffer(), frame.toBuffer()];
    expect(readRawFrames(first)).toMatchObject([{ masked: true, payload: Buffer.from('text') }]);
    expect(first.equals(second)).toBe(false);
    expect(second.subarray(2, 6).equals(frame.maskBytes)).toBe(true);
    expect(frame.toBuffer(true).subarray(6).toString()).toBe('text');
    expect(frame.binaryPayload.toString()).toBe('text');
  });

  it('writes fin, the reserved bits and the opcode', () => {
    const frame = new WebSocketFrame();
    frame.rsv1 = true;
    frame.rsv3 = true;
    frame.opcode = 1;
    expect(readRawFrames(frame.toBuffer())).toMatchObject([{ fin: false, rsv: 5, opcode: 1 }]);
  });

  it('writes the status code of a Close frame before its reason, and none without a code', () => {
    const frame = new WebSocketFrame();
    frame.fin = true;
    frame.opcode = 8;
    expect(frame.toBuffer().toString('hex')).toBe('8800');
    frame.closeStatus = 1001;
    frame.binaryPayload = Buffer.from('bye');
    expect(frame.toBuffer().toString('hex')).toBe('880503e9627965');
    expect(frame.length).toBe(5);
  });

  it('takes a payload that is not there for none', () => {
    const frame = new WebSocketFrame();
    frame.fin = true;
    frame.opcode = 10;
    Object.assign(frame, { binaryPayload: undefined });
    expect(frame.toBuffer().toString('hex')).toBe('8a00');
  });
});

describe('addData', () => {
  it.each(LENGTHS)('reads %i masked bytes, whatever the pieces', (length) => {
    const payload = Buffer.alloc(length, 'abc');
    const bytes = rawFrame({ opcode: 1, payload, mask: TEST_MASK });
    for (const size of [1, 3, 5000, Infinity]) {
      if (size === 1 && length > 1000) continue;
      const frame = new WebSocketFrame();
      const complete: boolean[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        complete.push(frame.addData(bytes.subarray(at, at + size)));
      }
      expect(complete.indexOf(true)).toBe(complete.length - 1);
      expect(frame).toMatchObject({ fin: true, opcode: 1, mask: true, length });
      expect(frame.binaryPayload.equals(payload)).toBe(true);
      expect(frame.maskBytes).toEqual(Buffer.from(TEST_MASK));
    }
  });

  it('takes from a list what belongs to the frame and leaves the rest', () => {
    const queue = new ByteQueue();
    queue.push(rawFrame({ opcode: 1, fin: false, payload: 'one' }));
    queue.push(rawFrame({ opcode: 0, payload: 'two' }));
    const [first, second] = [new WebSocketFrame(), new WebSocketFrame()];
    expect([first.addData(queue), second.addData(queue)]).toEqual([true, true]);
    expect([first.binaryPayload, second.binaryPayload].join(' ')).toBe('one two');
    expect([first.fin, second.fin, queue.length]).toEqual([false, true, 0]);
  });

  it('keeps what a Buffer holds behind the frame in remainder', () => {
    const frame = new WebSocketFrame();
    const next = rawFrame({ opcode: 2, payload: 'next' });
    expect(frame.addData(Buffer.concat([rawFrame({ opcode: 1, payload: 'text' }), next]))).toBe(
      true,
    );
    expect(frame.remainder.equals(next)).toBe(true);
    expect(new WebSocketFrame().remainder).toHaveLength(0);
  });

  it('leaves the bytes it was given as they were', () => {
    const bytes = rawFrame({ opcode: 1, payload: 'text', mask: TEST_MASK });
    const before = Buffer.from(bytes);
    new WebSocketFrame().addData(bytes);
    expect(bytes.equals(before)).toBe(true);
  });

  it('reads the code and the reason of a Close frame, and sees that one byte is no code', () => {
    const frame = new WebSocketFrame();
    frame.addData(rawFrame({ opcode: 8, payload: Buffer.from('\x03\xe8bye', 'latin1') }));
    expect([frame.closeStatus, frame.binaryPayload.toString()]).toEqual([1000, 'bye']);
    const short = new WebSocketFrame();
    expect(short.addData(rawFrame({ opcode: 8, payload: 'x' }))).toBe(true);
    expect(short).toMatchObject({ invalidCloseFrameLength: true, closeStatus: -1 });
  });

  it.each([
    ['a long control frame', rawFrame({ opcode: 9, payload: Buffer.alloc(126) })],
    ['a fragmented control frame', rawFrame({ opcode: 9, fin: false })],
    ['a length nobody can hold', rawFrame({ opcode: 2, declaredLength: 2n ** 63n })],
  ])('reports %s as protocolError', (_what, bytes) => {
    const frame = new WebSocketFrame();
    expect(frame.addData(bytes)).toBe(true);
    expect(frame.protocolError).toBe(true);
    expect(frame.dropReason).toMatch(/^[A-Z]/);
  });

  it('reports a payload above maxReceivedFrameSize as frameTooLarge, before it is there', () => {
    const config = { maxReceivedFrameSize: 10 };
    const frame = new WebSocketFrame(undefined, undefined, config);
    expect(frame.addData(rawFrame({ opcode: 2, declaredLength: 11n }))).toBe(true);
    expect([frame.frameTooLarge, frame.protocolError]).toEqual([true, false]);
    const fits = new WebSocketFrame(undefined, undefined, config);
    expect(fits.addData(rawFrame({ opcode: 2, payload: Buffer.alloc(10) }))).toBe(true);
    expect(fits.frameTooLarge).toBe(false);
  });
});

describe('throwAwayPayload', () => {
  it('passes over a payload once all of it is there', () => {
    const frame = new WebSocketFrame(undefined, undefined, { maxReceivedFrameSize: 3 });
    const queue = new ByteQueue();
    const bytes = rawFrame({ opcode: 2, payload: 'five!' });
    queue.push(bytes.subarray(0, 4));
    expect(frame.addData(queue)).toBe(true);
    expect([frame.frameTooLarge, frame.throwAwayPayload(queue)]).toEqual([true, false]);
    queue.push(bytes.subarray(4));
    expect([frame.throwAwayPayload(queue), queue.length]).toEqual([true, 0]);
  });
});

describe('toString', () => {
  it('tells the fields', () => {
    const frame = new WebSocketFrame();
    frame.opcode = 1;
    expect(String(frame)).toBe(
      'Opcode: 1, fin: false, length: 0, hasPayload: false, masked: false',
    );
  });
});

describe('a frame of the npm package websocket', () => {
  it.each(LENGTHS)('of %i bytes is read, and reads what is written here', (length) => {
    const payload = Buffer.alloc(length, 'x');
    const theirs = new OtherFrame(Buffer.alloc(4), Buffer.alloc(10), {});
    const ours = new WebSocketFrame();
    for (const frame of [theirs, ours]) {
      Object.assign(frame, { fin: true, mask: true, opcode: 2, binaryPayload: payload });
    }
    const read = new WebSocketFrame();
    expect(read.addData(theirs.toBuffer())).toBe(true);
    expect(read.binaryPayload.equals(payload)).toBe(true);
    expect(ours.toBuffer(true).equals(theirs.toBuffer(true))).toBe(true);
  });
});
