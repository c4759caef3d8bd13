import { describe, expect, it } from '@jest/globals';
import { describeError } from './describe-error.js';

describe('describeError', () => {
  it('says what String says', () => {
    for (const error of [new RangeError('too far'), 'a text', undefined, Symbol('s'), 7]) {
      expect(describeError(error)).toBe(String(error));
    }
  });

  it('shows what String throws at', () => {
    const bare: unknown = Object.assign(Object.create(null), { why: 'no prototype' });
    const angry = {
      toString(): never {
        throw new Error('not now');
      },
      [Symbol.for('nodejs.util.inspect.custom')](): never {
        throw new Error('not now either');
      },
    };
    expect(describeError(bare)).toContain('no prototype');
    expect(describeError(angry)).toContain('toString');
  });
});
