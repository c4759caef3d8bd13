import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { UsageError } from '../protocol/errors.js';
import {
  formatExtensions,
  MAX_EXTENSION_OFFERS,
  MAX_EXTENSION_PARAMS,
  parseExtensions,
  type ExtensionOffer,
} from './extension-header.js';

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const offer: fc.Arbitrary<ExtensionOffer> = fc.record({
  name: token,
  params: fc.array(fc.tuple(token, fc.oneof(token, fc.constant(true as const))), { maxLength: 4 }),
});

function milliseconds(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

describe('parseExtensions', () => {
  it('reads a name alone', () => {
    expect(parseExtensions('foo')).toEqual([{ name: 'foo', params: [] }]);
  });

  it('reads parameters with and without a value', () => {
    expect(
      parseExtensions('permessage-deflate; client_max_window_bits; server_max_window_bits=10'),
    ).toEqual([
      {
        name: 'permessage-deflate',
        params: [
          ['client_max_window_bits', true],
          ['server_max_window_bits', '10'],
        ],
      },
    ]);
  });

  it('keeps the order and the duplicates of elements and parameters', () => {
    expect(parseExtensions('b; y=1; x; y=2, a, b')).toEqual([
      {
        name: 'b',
        params: [
          ['y', '1'],
          ['x', true],
          ['y', '2'],
        ],
      },
      { name: 'a', params: [] },
      { name: 'b', params: [] },
    ]);
  });

  it('allows white space between any two parts', () => {
    expect(parseExtensions(' \tfoo ; bar = baz\t, qux ; a="b" ')).toEqual([
      { name: 'foo', params: [['bar', 'baz']] },
      { name: 'qux', params: [['a', 'b']] },
    ]);
  });

  it('skips empty elements', () => {
    expect(parseExtensions(',foo,, bar ,')?.map(({ name }) => name)).toEqual(['foo', 'bar']);
  });

  it('removes the quotes and the escapes of a quoted value', () => {
    expect(parseExtensions(String.raw`foo; bar="b\a\z"`)).toEqual([
      { name: 'foo', params: [['bar', 'baz']] },
    ]);
  });

  it.each([
    'foo; bar=""',
    'foo; bar="a b"',
    'foo; bar="a,b"',
    'foo; bar="a',
    'foo; bar="',
    String.raw`foo; bar="a\"`,
    String.raw`foo; bar="a\"b"`,
    String.raw`foo; bar="\\"`,
    'foo; bar="é"',
    'foo; bar="a"b',
    'foo; "bar"=a',
    '"foo"',
  ])('refuses the quoting of %j', (header) => {
    expect(parseExtensions(header)).toBeNull();
  });

  it.each([
    '',
    ' ',
    ',',
    ', ,',
    'foo;',
    'foo; ,bar',
    'foo;;bar',
    ';foo',
    '=foo',
    'foo=bar',
    'foo; =bar',
    'foo; bar=',
    'foo; bar= ',
    'foo; bar==a',
    'foo; bar=a=b',
    'foo bar',
    'foo; bar baz',
    'foo; bar=a b',
    'f\u00f6o',
    'foo\u0000',
    'foo; b\u007fr',
    'foo\n',
  ])('refuses %j', (header) => {
    expect(parseExtensions(header)).toBeNull();
  });

  it.each(['__proto__', 'constructor', 'toString'])('treats %s as any other name', (name) => {
    expect(parseExtensions(`${name}; ${name}=${name}`)).toEqual([{ name, params: [[name, name]] }]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('takes as many elements as the limit, empty ones included, and no more', () => {
    const full = Array.from({ length: MAX_EXTENSION_OFFERS }, () => 'a').join();
    expect(parseExtensions(full)).toHaveLength(MAX_EXTENSION_OFFERS);
    expect(parseExtensions(`${full},a`)).toBeNull();
    expect(parseExtensions(`a${','.repeat(MAX_EXTENSION_OFFERS - 1)}`)).toHaveLength(1);
    expect(parseExtensions(`a${','.repeat(MAX_EXTENSION_OFFERS)}`)).toBeNull();
  });

  it('takes as many parameters over all elements as the limit, and no more', () => {
    const half = `a${';b'.repeat(MAX_EXTENSION_PARAMS / 2)}`;
    expect(parseExtensions(`${half},${half}`)).toHaveLength(2);
    expect(parseExtensions(`${half},${half};b`)).toBeNull();
  });

  it.each([
    ['elements', 'a,'.repeat(7_000)],
    ['empty elements', ','.repeat(14_000)],
    ['parameters', `a${';b'.repeat(7_000)}`],
    ['white space', `a${' '.repeat(14_000)}b`],
    ['white space in front of each parameter', `a${`${' '.repeat(99)};b`.repeat(140)}`],
    ['one name', 'a'.repeat(14_000)],
    ['an endless quoted value', `a;b="${'c'.repeat(14_000)}`],
    ['escapes', `a;b="${'\\c'.repeat(7_000)}"`],
    ['backslashes', `a;b="${'\\'.repeat(14_000)}"`],
  ])('answers 14 KB of %s within 10 ms', (_what, header) => {
    parseExtensions(header);
    expect(
      Math.min(...[1, 2, 3].map(() => milliseconds(() => parseExtensions(header)))),
    ).toBeLessThan(10);
  });

  it('never throws', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'ab;=,"\\ \té\0'.split('')) });
    fc.assert(
      fc.property(hostile, (header) => {
        const offers = parseExtensions(header);
        if (offers !== null) expect(offers.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('formatExtensions', () => {
  it('writes names, values and bare parameters', () => {
    expect(
      formatExtensions([
        {
          name: 'a',
          params: [
            ['b', 'c'],
            ['d', true],
          ],
        },
        { name: 'e', params: [] },
      ]),
    ).toBe('a; b=c; d, e');
  });

  it('writes what parseExtensions reads back', () => {
    fc.assert(
      fc.property(fc.array(offer, { minLength: 1, maxLength: 16 }), (offers) => {
        expect(parseExtensions(formatExtensions(offers))).toEqual(offers);
      }),
    );
  });

  it.each<ExtensionOffer>([
    { name: '', params: [] },
    { name: 'a,b', params: [] },
    { name: 'a', params: [['b\r\n', true]] },
    { name: 'a', params: [['b', '']] },
    { name: 'a', params: [['b', 'c; d']] },
  ])('throws a UsageError for %j', (bad) => {
    expect(() => formatExtensions([bad])).toThrow(UsageError);
  });
});
