import { describe, expect, it } from '@jest/globals';
import { WireError } from '../wire/wire-error.js';
import { readSince } from './position.js';

describe('the position of a client', () => {
  it('is read from a message and from a query', () => {
    expect(readSince('e', 7)).toEqual({ epoch: 'e', offset: 7 });
    expect(readSince('e', '7')).toEqual({ epoch: 'e', offset: 7 });
    expect(readSince('e', 0)).toEqual({ epoch: 'e', offset: 0 });
    expect(readSince(undefined, undefined)).toBeUndefined();
  });

  it.each<[unknown, unknown]>([
    ['e', undefined],
    [undefined, 1],
    ['', 1],
    ['e'.repeat(65), 1],
    [['e'], 1],
    ['e', -1],
    ['e', '-1'],
    ['e', '1e3'],
    ['e', ''],
    ['e', 1.5],
    ['e', 2 ** 53],
    ['e', ['1', '2']],
    ['e', Number.NaN],
    ['e', '99999999999999999999'],
  ])('is refused as %j and %j', (epoch, offset) => {
    expect(() => readSince(epoch, offset)).toThrow(WireError);
  });
});
