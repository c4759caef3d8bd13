import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, oneof, property, uint8Array } from 'fast-check';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

function copy(text: string): string {
  return new ByteReader(new ByteWriter(1).text(text).done()).text(Infinity);
}

describe('texts between nodes', () => {
  it('come back as they were, whatever units they have', () => {
    const units = array(
      oneof(
        integer({ min: 0, max: 0xffff }),
        integer({ min: 0xd7f0, max: 0xe010 }),
        constantFrom(0xfffd, 0x20, 0xd83d, 0xde00),
      ),
      { maxLength: 40 },
    );
    assert(
      property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        expect(copy(text)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps two names apart that differ in half a pair', () => {
    expect(copy('room \ud800')).not.toBe(copy('room \ud801'));
    expect(copy('\ud83d\ude00')).toBe('😀');
    expect(copy('\ude00\ud83d')).toBe('\ude00\ud83d');
  });

  it('reads any bytes as some text', () => {
    assert(
      property(uint8Array({ maxLength: 60 }), (bytes) => {
        const buffer = new ByteWriter().u16(bytes.length).raw(bytes).done();
        expect(typeof new ByteReader(buffer).text(Infinity)).toBe('string');
      }),
    );
  });
});
