import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DEFLATE_PATHS, inflateMessage } from '../testing-fixtures/deflate-paths.js';

const [BINDING, ONE_SHOT] = DEFLATE_PATHS as [
  (typeof DEFLATE_PATHS)[number],
  (typeof DEFLATE_PATHS)[number],
];

/** Messages with something to compress: words and their repetition among random bytes. */
const messages = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.string({ maxLength: 40 }), fc.nat({ max: 300 }))
      .map(([text, times]) => Buffer.from(text.repeat(times))),
  ),
  { minLength: 1, maxLength: 6 },
);

describe("Node's one-shot functions, beside the synchronous binding", () => {
  it('inflate what the other deflates, in every direction, window and mode', () => {
    fc.assert(
      fc.property(
        messages,
        fc.boolean(),
        fc.integer({ min: 9, max: 15 }),
        (list, takeover, windowBits) => {
          for (const from of [BINDING, ONE_SHOT]) {
            const deflaters = from.deflater(takeover, { windowBits });
            const inflaters = DEFLATE_PATHS.map((to) => to.inflater({ takeover, windowBits }));
            for (const message of list) {
              const packed = Buffer.from(deflaters.compress(message));
              for (const inflater of inflaters) {
                if (!inflateMessage(inflater, packed)?.equals(message)) return false;
              }
            }
            deflaters.end();
            for (const inflater of inflaters) inflater.end();
          }
          return true;
        },
      ),
      { numRuns: 60, seed: 7_692 },
    );
  });

  it('make the same of broken messages: the same bytes, or corrupt', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (text, position, flip, cut) => {
          const deflater = BINDING.deflater(false);
          const packed = Buffer.from(deflater.compress(Buffer.from(text.repeat(3))));
          deflater.end();
          const at = position % packed.length;
          packed[at] = packed[at]! ^ flip;
          const broken = cut ? packed.subarray(0, at) : packed;
          const [one, other] = DEFLATE_PATHS.map(({ inflater }) =>
            inflateMessage(inflater({ takeover: false }), broken),
          );
          return one === null ? other === null : other !== null && one!.equals(other!);
        },
      ),
      { numRuns: 3_000, seed: 7_692 },
    );
  });

  it('tell a corrupt message only when it is complete', () => {
    const own = ONE_SHOT.inflater();
    own.feed(Buffer.from([0xff, 0xff]), false);
    expect(own.next()).toHaveLength(0);
    own.feed(Buffer.alloc(0), true);
    expect(own.next()).toBeNull();
  });
});
