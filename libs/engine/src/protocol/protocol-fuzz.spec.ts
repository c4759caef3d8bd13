import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { TEST_MASK, rawFrame } from '../testing-fixtures/raw-frame.js';
import { receiver } from '../testing-fixtures/receive.js';
import type { SinkCall } from '../testing-fixtures/recording-sink.js';
import type { Role } from './protocol.js';

const role = fc.constantFrom<Role>('server', 'client');
const sizes = fc.array(fc.oneof(fc.constant(1), fc.nat(7), fc.nat(200)), {
  maxLength: 60,
  size: 'max',
});
const limits = fc.record({
  maxPayload: fc.constantFrom(0, 100, 1000),
  maxFragments: fc.constantFrom(0, 2, 5),
  requireMinimalLength: fc.boolean(),
  skipUTF8Validation: fc.boolean(),
});

type Limits = typeof limits extends fc.Arbitrary<infer T> ? T : never;

/** Everything reported of `bytes`, given in pieces of these sizes and then the rest. */
function reported(end: Role, options: Limits, bytes: Buffer, pieces: number[]): SinkCall[] {
  const { protocol, sink } = receiver(end, { ...options, maxFramesPerTurn: 3 });
  const copy = Buffer.from(bytes);
  let start = 0;
  for (const size of [...pieces, copy.length]) {
    protocol.receive(copy.subarray(start, start + size));
    start = Math.min(copy.length, start + size);
    while (protocol.pending) protocol.resume();
  }
  const last = sink.calls.findIndex(([name]) => name === 'violated' || name === 'close');
  expect(last === -1 || last === sink.calls.length - 1).toBe(true);
  return sink.calls;
}

/** Frames that are mostly right, so that the fuzzing gets behind the first header. */
const frame = fc.record({
  fin: fc.boolean(),
  rsv: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) }),
  opcode: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) },
    { weight: 1, arbitrary: fc.nat(15) },
  ),
  payload: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 130 }),
  ),
  masked: fc.oneof({ weight: 30, arbitrary: fc.constant(true) }, fc.constant(false)),
});

describe('Protocol under random input', () => {
  it('never throws, and says the same of random bytes in any chunks', () => {
    fc.assert(
      fc.property(
        role,
        limits,
        fc.uint8Array({ maxLength: 400, size: 'max' }),
        sizes,
        (end, options, bytes, cut) => {
          const stream = Buffer.from(bytes);
          expect(reported(end, options, stream, cut)).toEqual(reported(end, options, stream, []));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('says the same of mostly valid frames in any chunks, with bytes changed here and there', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        role,
        limits,
        fc.array(frame, { maxLength: 12, size: 'max' }),
        fc.array(change, { maxLength: 2 }),
        sizes,
        (end, options, frames, changes, cut) => {
          let open = false;
          const stream = Buffer.concat(
            frames.map(({ fin, rsv, opcode, payload, masked }) => {
              const control = opcode >= 8;
              // A data frame continues the message before it if that is unfinished.
              const fitting = control || opcode > 2 ? opcode : open ? 0 : opcode || 1;
              if (!control) open = !fin;
              return rawFrame({
                fin: fin || control,
                rsv,
                opcode: fitting,
                payload: control ? payload.subarray(0, 125) : payload,
                mask: masked === (end === 'server') ? TEST_MASK : undefined,
              });
            }),
          );
          for (const [at, value] of changes) {
            if (stream.length > 0) stream[at % stream.length] = value;
          }
          expect(reported(end, options, stream, cut)).toEqual(reported(end, options, stream, []));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
