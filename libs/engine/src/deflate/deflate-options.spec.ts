import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import {
  checkDeflateOptions,
  compressionOptions,
  resolveCompression,
  type CompressionChoice,
  type PerMessageDeflateOptions,
} from './deflate-options.js';

describe('choosing compression', () => {
  it('is off unless it is asked for', () => {
    for (const choice of [{}, { perMessageDeflate: false }, { compression: 'disabled' }] as const) {
      expect(resolveCompression(choice)).toBe(false);
    }
    expect(resolveCompression({ compression: 'disabled', perMessageDeflate: true })).toBe(false);
    expect(resolveCompression({ maxCompressedSize: 10 })).toBe(false);
  });

  it('takes the options of ws as they are', () => {
    expect(resolveCompression({ perMessageDeflate: true })).toEqual({});
    const options = {
      threshold: 0,
      concurrencyLimit: 3,
      serverMaxWindowBits: 10,
      clientMaxWindowBits: true,
      serverNoContextTakeover: true,
      clientNoContextTakeover: false,
      zlibDeflateOptions: { level: 9, memLevel: 9, strategy: 2 },
      zlibInflateOptions: { chunkSize: 10 * 1024 },
    };
    expect(resolveCompression({ perMessageDeflate: options })).toEqual(options);
  });

  it('by cost: shared keeps no state, dedicated keeps small windows', () => {
    expect(resolveCompression({ compression: 'shared' })).toEqual({
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
    });
    expect(resolveCompression({ compression: 'dedicated' })).toMatchObject({
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
      serverMaxWindowBits: 13,
    });
  });

  it('lets single options differ from what the cost stands for', () => {
    expect(
      resolveCompression({
        compression: 'dedicated',
        perMessageDeflate: { serverMaxWindowBits: 12, threshold: 1 },
        maxCompressedSize: 500,
      }),
    ).toMatchObject({
      serverNoContextTakeover: false,
      serverMaxWindowBits: 12,
      threshold: 1,
      maxCompressedSize: 500,
    });
    expect(compressionOptions('shared', { threshold: 7 })).toMatchObject({ threshold: 7 });
  });

  it.each([
    ['compression', { compression: 'full' }, 'full, allowed are shared, dedicated and disabled'],
    ['compression', { compression: true }, 'true, allowed are shared, dedicated and disabled'],
    [
      'perMessageDeflate',
      { perMessageDeflate: 'yes' },
      'yes, allowed are true, false and an object',
    ],
    ['perMessageDeflate', { perMessageDeflate: 1 }, '1, allowed are true, false and an object'],
    ['perMessageDeflate', { perMessageDeflate: 0 }, '0, allowed are true, false and an object'],
    ['perMessageDeflate', { perMessageDeflate: [] }, ', allowed are true, false and an object'],
    [
      'perMessageDeflate.maxCompressedSize',
      { perMessageDeflate: true, maxCompressedSize: -1 },
      '-1, allowed are whole numbers from 0',
    ],
  ])('refuses a wrong %s: %j', (name, choice, rest) => {
    const resolve = () => resolveCompression(choice as CompressionChoice);
    expect(resolve).toThrow(UsageError);
    expect(resolve).toThrow(`Cannot use option ${name}: current value is ${rest}`);
  });
});

describe('the options of perMessageDeflate', () => {
  const numbers = [-1, 0.5, NaN, Infinity, '10', true, [], {}, null];
  const windows = [7, 16, 0, -8, 9.5, NaN, '10', 'auto', {}, []];
  const booleans = [0, 1, 'true', 'false', {}, []];
  const wrong: [string, unknown, string][] = [
    ...['threshold', 'maxCompressedSize', 'concurrencyLimit'].flatMap((name) =>
      numbers.map((value): [string, unknown, string] => [name, value, 'whole numbers from 0']),
    ),
    ...['serverMaxWindowBits', 'clientMaxWindowBits'].flatMap((name) =>
      windows.map((value): [string, unknown, string] => [
        name,
        value,
        'whole numbers from 8 to 15, true and false',
      ]),
    ),
    ...['serverNoContextTakeover', 'clientNoContextTakeover'].flatMap((name) =>
      booleans.map((value): [string, unknown, string] => [name, value, 'true and false']),
    ),
    ...['zlibDeflateOptions', 'zlibInflateOptions'].flatMap((name) =>
      ['fast', 6, true, []].map((value): [string, unknown, string] => [name, value, 'objects']),
    ),
  ];

  it.each(wrong)('refuse %s: %j', (name, value, allowed) => {
    const check = () => checkDeflateOptions({ [name]: value });
    expect(check).toThrow(UsageError);
    expect(check).toThrow(
      `Cannot use option perMessageDeflate.${name}: current value is ${String(value)}, allowed are ${allowed}`,
    );
  });

  it.each([
    ['level', -2, '-1 to 9'],
    ['level', 10, '-1 to 9'],
    ['level', '6', '-1 to 9'],
    ['memLevel', 0, '1 to 9'],
    ['memLevel', 10, '1 to 9'],
    ['strategy', 5, '0 to 4'],
    ['strategy', 0.5, '0 to 4'],
  ])('refuse zlibDeflateOptions.%s: %j, before a message is compressed', (name, value, allowed) => {
    const options = { zlibDeflateOptions: { [name]: value } } as PerMessageDeflateOptions;
    expect(() => checkDeflateOptions(options)).toThrow(
      `Cannot use option perMessageDeflate.zlibDeflateOptions.${name}: current value is ${value}, allowed are whole numbers from ${allowed}`,
    );
  });

  it('may be left out, and take every value in range', () => {
    for (const name of [
      'threshold',
      'serverMaxWindowBits',
      'serverNoContextTakeover',
      'zlibDeflateOptions',
    ]) {
      expect(() => checkDeflateOptions({ [name]: undefined })).not.toThrow();
    }
    for (let bits = 8; bits <= 15; bits++) {
      expect(() =>
        checkDeflateOptions({ serverMaxWindowBits: bits, clientMaxWindowBits: bits }),
      ).not.toThrow();
    }
    for (let level = -1; level <= 9; level++) {
      expect(() => checkDeflateOptions({ zlibDeflateOptions: { level } })).not.toThrow();
    }
  });
});
