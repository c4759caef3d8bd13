import { describe, expect, it } from '@jest/globals';
import { FrameCollector } from './frame-collector.js';
import { FrameHeader } from './frame-header.js';
import { Opcode } from './opcode.js';

function headerOf(opcode: number, fin = true, rsv = 0): FrameHeader {
  return Object.assign(new FrameHeader(), { opcode, fin, rsv });
}

const bytes = (...values: number[]): Buffer => Buffer.from(values);

describe('FrameCollector', () => {
  it('hands a frame that came in one piece through as it is, if it may', () => {
    const collector = new FrameCollector(true);
    const piece = Buffer.from('whole');
    expect(collector.add(headerOf(Opcode.Text), piece, 0, true)).toBe(piece);
    expect(collector.length).toBe(0);
  });

  it('copies a frame that is only lent', () => {
    const piece = Buffer.from('whole');
    const payload = new FrameCollector(true).add(headerOf(Opcode.Text), piece, 0, false);
    piece.fill(0);
    expect(String(payload)).toBe('whole');
  });

  it('joins the pieces of a frame, and knows how much it holds', () => {
    const collector = new FrameCollector(true);
    const header = headerOf(Opcode.Binary);
    collector.add(header, bytes(1, 2), 1);
    collector.add(header, bytes(3), 1);
    expect(collector.length).toBe(3);
    expect(collector.add(header, bytes(4, 5), 0)).toEqual(bytes(1, 2, 3, 4, 5));
    expect(collector.length).toBe(0);
  });

  it('takes a character that is split between pieces and between frames', () => {
    const collector = new FrameCollector(true);
    const [first, second, third] = Buffer.from('€');
    expect(collector.add(headerOf(Opcode.Text, false), bytes(first!), 1)).not.toBeNull();
    expect(collector.add(headerOf(Opcode.Text, false), bytes(second!), 0)).not.toBeNull();
    expect(collector.add(headerOf(Opcode.Continuation), bytes(third!), 0)).not.toBeNull();
  });

  it('refuses text at the first piece that cannot become valid (RFC 6455 8.1)', () => {
    const collector = new FrameCollector(true);
    expect(collector.add(headerOf(Opcode.Text, false), bytes(0xe2), 0)).not.toBeNull();
    expect(collector.add(headerOf(Opcode.Continuation, false), bytes(0x28), 1)).toBeNull();
  });

  it('refuses text that ends inside a character', () => {
    const collector = new FrameCollector(true);
    expect(collector.add(headerOf(Opcode.Text), bytes(0x61, 0xe2), 0)).toBeNull();
  });

  it('starts each text anew', () => {
    const collector = new FrameCollector(true);
    collector.add(headerOf(Opcode.Text), Buffer.from('é'), 0);
    expect(collector.add(headerOf(Opcode.Text), bytes(0xa9), 0)).toBeNull();
  });

  it('looks at no byte of what is binary, compressed, or not to be validated', () => {
    const bad = bytes(0xff);
    expect(new FrameCollector(true).add(headerOf(Opcode.Binary), bad, 0, true)).toBe(bad);
    expect(new FrameCollector(true).add(headerOf(Opcode.Text, true, 0x40), bad, 0, true)).toBe(bad);
    expect(new FrameCollector(false).add(headerOf(Opcode.Text), bad, 0, true)).toBe(bad);
  });

  it('lets go of everything at the end', () => {
    const collector = new FrameCollector(true);
    collector.add(headerOf(Opcode.Text, false), bytes(0x61, 0xe2), 1);
    collector.end();
    expect(collector.length).toBe(0);
    expect(collector.add(headerOf(Opcode.Text), Buffer.from('new'), 0)).not.toBeNull();
  });
});
