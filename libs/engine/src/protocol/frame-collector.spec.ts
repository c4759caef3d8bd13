import { describe, expect, it } from '@jest/globals';
import { FrameCollector } from './frame-collector.js';
import { FrameHeader } from './frame-header.js';
import { Opcode } from './opcode.js';

function headerOf(opcode: number, fin = true, rsv = 0): FrameHeader {
  return Object.assign(new FrameHeader(), { opcode, fin, rsv });
}

const bytes = (...values: number[]): Buffer => Buffer.from(values);

describe('FrameCollector', () => {
  it('hands a frame that came in one piece through as it is', () => {
    const collector = new FrameCollector(true);
    const piece = Buffer.from('whole');
    expect(collector.add(headerOf(Opcode.Text), piece, true)).toBe(piece);
    expect(collector.length).toBe(0);
  });

  it('joins the pieces of a frame, and knows how much it holds', () => {
    const collector = new FrameCollector(true);
    const header = headerOf(Opcode.Binary);
    collector.add(header, bytes(1, 2), false);
    collector.add(header, bytes(3), false);
    expect(collector.length).toBe(3);
    expect(collector.add(header, bytes(4, 5), true)).toEqual(bytes(1, 2, 3, 4, 5));
    expect(collector.length).toBe(0);
  });

  it('takes a character that is split between pieces and between frames', () => {
    const collector = new FrameCollector(true);
    const [first, second, third] = Buffer.from('€');
    expect(collector.add(headerOf(Opcode.Text, false), bytes(first!), false)).not.toBeNull();
    expect(collector.add(headerOf(Opcode.Text, false), bytes(second!), true)).not.toBeNull();
    expect(collector.add(headerOf(Opcode.Continuation), bytes(third!), true)).not.toBeNull();
  });

  it('refuses text at the first piece that cannot become valid (RFC 6455 8.1)', () => {
    const collector = new FrameCollector(true);
    expect(collector.add(headerOf(Opcode.Text, false), bytes(0xe2), true)).not.toBeNull();
    expect(collector.add(headerOf(Opcode.Continuation, false), bytes(0x28), false)).toBeNull();
  });

  it('refuses text that ends inside a character', () => {
    const collector = new FrameCollector(true);
    expect(collector.add(headerOf(Opcode.Text), bytes(0x61, 0xe2), true)).toBeNull();
  });

  it('starts each text anew', () => {
    const collector = new FrameCollector(true);
    collector.add(headerOf(Opcode.Text), Buffer.from('é'), true);
    expect(collector.add(headerOf(Opcode.Text), bytes(0xa9), true)).toBeNull();
  });

  it('looks at no byte of what is binary, compressed, or not to be validated', () => {
    const bad = bytes(0xff);
    expect(new FrameCollector(true).add(headerOf(Opcode.Binary), bad, true)).toBe(bad);
    expect(new FrameCollector(true).add(headerOf(Opcode.Text, true, 0x40), bad, true)).toBe(bad);
    expect(new FrameCollector(false).add(headerOf(Opcode.Text), bad, true)).toBe(bad);
  });

  it('lets go of everything at the end', () => {
    const collector = new FrameCollector(true);
    collector.add(headerOf(Opcode.Text, false), bytes(0x61, 0xe2), false);
    collector.end();
    expect(collector.length).toBe(0);
    expect(collector.add(headerOf(Opcode.Text), Buffer.from('new'), true)).not.toBeNull();
  });
});
