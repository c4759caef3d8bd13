import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parse as load } from 'yaml';
import { toYaml } from './yaml.js';

describe('toYaml', () => {
  it('writes blocks, and quotes only where it has to', () => {
    expect(
      toYaml({ a: 1, 'b c': ['x', { y: [], z: {} }, [true, null]], no: 'yes', 'd:': 'a\n"b"' }),
    ).toBe(
      [
        'a: 1',
        '"b c":',
        '  - x',
        '  - "y": []',
        '    z: {}',
        '  - - true',
        '    - null',
        '"no": "yes"',
        '"d:": "a\\n\\"b\\""',
        '',
      ].join('\n'),
    );
  });

  it('is read as what was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = toYaml(value);
        for (const version of ['1.1', '1.2'] as const) {
          expect(load(text, { version })).toEqual(JSON.parse(JSON.stringify(value)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    '',
    ' ',
    '-',
    '- a',
    '#',
    'a: b',
    '~',
    '1',
    '0x1',
    '1e3',
    '.5',
    '=',
    '<<',
    '\u0085',
    '\u2028',
    '{}',
    '@',
    '`',
    '%',
    '!',
    '&a',
    '*a',
    '|',
    '>',
    '2026-11-29',
    '12:30',
  ])('keeps %j a text', (text) => {
    expect(load(toYaml({ text, [text]: 1 }))).toEqual({ text, [text]: 1 });
  });
});
