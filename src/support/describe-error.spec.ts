import { describe, expect, it } from '@jest/globals';
import { describeCauses, describeError } from './describe-error.js';

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

describe('describeCauses', () => {
  it('goes down to three causes, and ends where one is its own', () => {
    const chain = (depth: number): Error =>
      new Error(`e${depth}`, depth === 0 ? {} : { cause: chain(depth - 1) });
    expect(describeCauses(chain(1))).toBe('Error: e1; caused by Error: e0');
    expect(describeCauses(chain(9)).split('; caused by ')).toHaveLength(4);
    const own: Error & { cause?: unknown } = new Error('own');
    own.cause = own;
    expect(describeCauses(own).split('; caused by ')).toHaveLength(4);
    expect(describeCauses('text')).toBe('text');
    expect(describeCauses(new Error('a', { cause: 'b' }))).toBe('Error: a; caused by b');
  });
});
