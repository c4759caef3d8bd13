import { describe, expect, it } from '@jest/globals';
import {
  assert,
  constant,
  integer,
  jsonValue,
  nat,
  oneof,
  pre,
  property,
  record,
  string,
} from 'fast-check';
import type { Codec } from './codec.js';
import type { Envelope } from './envelope.js';
import { createJsonCodec, jsonCodec } from './json.codec.js';
import { loadMsgpackCodec } from './msgpack.codec.js';

const CODECS: readonly (readonly [string, () => Promise<Codec>])[] = [
  ['json', () => Promise.resolve(jsonCodec)],
  [
    'json with a replacer',
    () => Promise.resolve(createJsonCodec({ replacer: (_key, value) => value })),
  ],
  ['msgpack', () => loadMsgpackCodec()],
];

const envelopes = record<Envelope>(
  {
    event: string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
    data: oneof(jsonValue({ maxDepth: 3 }), constant(undefined), constant('}')),
    id: oneof(integer(), string({ minLength: 1, maxLength: 9 })),
    complete: constant(true),
  },
  { requiredKeys: ['event', 'data'] },
);
const places = record<Pick<Envelope, 'at' | 'mail'>>(
  {
    at: record({
      room: string({ minLength: 1, maxLength: 30, unit: 'binary' }),
      epoch: string({ maxLength: 20 }),
      offset: nat(),
    }),
    mail: nat(),
  },
  { requiredKeys: [] },
);

describe.each(CODECS)('a place in what %s has encoded', (_name, load) => {
  it('makes the bytes that encoding both together makes', async () => {
    const codec = await load();
    assert(
      property(envelopes, places, (envelope, place) => {
        const encoded = Buffer.from(codec.encode(envelope));
        const before = Buffer.from(encoded);
        const placed = codec.place?.(encoded, place);
        const expected = Buffer.from(codec.encode({ ...envelope, ...place }));
        expect(Buffer.from(placed ?? []).equals(expected)).toBe(true);
        expect(encoded.equals(before)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('makes what decoding and encoding makes', async () => {
    const codec = await load();
    assert(
      property(envelopes, places, ({ complete: _complete, ...envelope }, place) => {
        // Decoding leaves this key out, or refuses it.
        pre(!JSON.stringify(envelope).includes('__proto__'));
        const given = codec.encode(envelope);
        const placed = codec.place?.(Buffer.from(given), place) ?? [];
        const again = codec.encode({ ...codec.decode(given), ...place });
        expect(Buffer.from(placed).equals(Buffer.from(again))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
