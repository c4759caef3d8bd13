import { describe, expect, it } from '@jest/globals';
import { readRawFrames } from '../testing-fixtures/raw-frame.js';
import { PreparedMessage } from './prepared-message.js';

describe('PreparedMessage', () => {
  it('is one whole unmasked text frame', () => {
    const message = PreparedMessage.text('Grüße');
    expect(message.byteLength).toBe(7);
    expect(readRawFrames(message.frame)).toEqual([
      { fin: true, rsv: 0, opcode: 1, masked: false, payload: Buffer.from('Grüße') },
    ]);
  });

  it('is one whole unmasked binary frame, of any view of bytes', () => {
    const view = new Uint8Array(new ArrayBuffer(10), 3, 4).fill(200);
    const message = PreparedMessage.binary(view);
    expect(message.byteLength).toBe(4);
    expect(readRawFrames(message.frame)).toEqual([
      { fin: true, rsv: 0, opcode: 2, masked: false, payload: Buffer.alloc(4, 200) },
    ]);
  });

  it('is framed once', () => {
    const message = PreparedMessage.text('x'.repeat(70_000));
    expect(message.frame).toBe(message.frame);
    expect(readRawFrames(message.frame)[0]!.payload.length).toBe(70_000);
  });

  it('can be empty', () => {
    expect(readRawFrames(PreparedMessage.text('').frame)[0]!.payload.length).toBe(0);
  });
});
