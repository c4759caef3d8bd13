import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, dictionary, letrec, oneof, property } from 'fast-check';
import { jsonNestsDeeper } from './json-depth.js';

/** The same by another way: the parsed value, walked. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('depth of a JSON text', () => {
  it('is that of the value, whatever its strings hold', () => {
    const strings = constantFrom(
      '[',
      ']',
      '{"',
      '}',
      '"',
      '\\',
      '\\"',
      '\\\\',
      '[[[[',
      'é\u{1f600}',
      '',
    );
    const { value } = letrec((tie) => ({
      value: oneof(
        { maxDepth: 8, withCrossShrink: true },
        strings,
        array(tie('value'), { maxLength: 3 }),
        dictionary(strings, tie('value'), { maxKeys: 3 }),
      ),
    }));
    assert(
      property(value, constantFrom(undefined, 1), (data, space) => {
        const text = JSON.stringify(data, undefined, space);
        const depth = depthOf(data);
        expect(jsonNestsDeeper(text, depth)).toBe(false);
        if (depth > 0) expect(jsonNestsDeeper(text + ' '.repeat(20), depth - 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is not that of what stands side by side', () => {
    expect(jsonNestsDeeper(JSON.stringify(Array.from({ length: 5_000 }, () => [{}])), 3)).toBe(
      false,
    );
  });

  it('is found in time that grows with the length, whatever the text', () => {
    const long = 2 ** 20;
    const texts = ['['.repeat(101), '"', '\\"', '\\', '"\\', '{}', '[]', '"[', ']', '\\\\"'].map(
      (part) => '['.repeat(90) + '{}'.repeat(90) + part.repeat(long / part.length),
    );
    const start = performance.now();
    for (const text of texts) jsonNestsDeeper(text, 100);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
