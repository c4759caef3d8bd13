import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LimitError, UsageError } from '#engine';
import { MalformedBytes } from '../../support/byte-reader.js';
import { packMessage, unpackMessage, type PackedMessage } from './message-format.js';

const PLAIN: PackedMessage = {
  event: 'said',
  options: {},
  except: [],
  size: 3,
  parts: [{ codec: 'json', text: true, bytes: Buffer.from('{}') }],
};

const pack = (change: Partial<PackedMessage>) => () => packMessage({ ...PLAIN, ...change });

describe('a message of a history in bytes', () => {
  it('comes back as it was, whatever options it has', () => {
    const options = fc.record(
      {
        volatile: fc.constant(true),
        compress: fc.constant(false),
        policy: fc.constantFrom('close', 'drop-new', 'drop-old', 'latest', 'volatile'),
        key: fc.string({ unit: 'grapheme', maxLength: 64 }),
      },
      { requiredKeys: [] },
    );
    const codec = fc.constantFrom('json', 'msgpack', '');
    const bytes = fc.uint8Array({ maxLength: 99 }).map((given) => Buffer.from(given));
    const utf8 = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => Buffer.from(text));
    const part = fc.oneof(
      fc.record({ codec, text: fc.constant(true), bytes: utf8 }),
      fc.record({ codec, text: fc.constant(false), bytes }),
    );
    fc.assert(
      fc.property(
        fc.record({
          event: fc.string({ unit: 'grapheme', maxLength: 30 }),
          options,
          except: fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 22 }), { maxLength: 9 }),
          size: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          parts: fc.array(part, { minLength: 1, maxLength: 4 }),
        }),
        (message) => {
          // A buffer of its size is not made for a message that only claims to be so long.
          const { size } = message;
          const packed = packMessage({ ...message, size: size % 5_000 });
          expect(unpackMessage(packed)).toEqual({ ...message, size: size % 5_000 });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is refused when anything of it is missing, or more than that is there', () => {
    const body = packMessage({ ...PLAIN, options: { policy: 'latest', key: 'k' }, except: ['id'] });
    for (let length = 0; length < body.length; length++) {
      expect(() => unpackMessage(body.subarray(0, length))).toThrow(MalformedBytes);
    }
    expect(() => unpackMessage(Buffer.concat([body, Buffer.from('z')]))).toThrow(MalformedBytes);
  });

  it('of another format, with unknown flags or policies, or without a part is refused', () => {
    const body = packMessage({ ...PLAIN, options: { policy: 'latest' } });
    const changed = (at: number, value: number): Uint8Array =>
      Uint8Array.from(body, (byte, index) => (index === at ? value : byte));
    const policyAt = 1 + 1 + 4 + 2 + PLAIN.event.length;
    for (const [at, value] of [
      [0, 'b'.charCodeAt(0)],
      [1, 0x80 | 4],
      [policyAt, 9],
    ] as const) {
      expect(() => unpackMessage(changed(at, value))).toThrow(MalformedBytes);
    }
    expect(() => unpackMessage(packMessage({ ...PLAIN, parts: [] }))).toThrow(MalformedBytes);
  });

  it('never throws anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          unpackMessage(Uint8Array.of(0x61, ...bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedBytes);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('has bounds', () => {
    expect(pack({ event: 'e'.repeat(129) })).toThrow(UsageError);
    expect(pack({ options: { key: 'k'.repeat(1_025) } })).toThrow(UsageError);
    expect(pack({ options: { policy: 'none' as 'close' } })).toThrow(UsageError);
    expect(pack({ except: Array.from({ length: 1_001 }, String) })).toThrow(LimitError);
  });
});
