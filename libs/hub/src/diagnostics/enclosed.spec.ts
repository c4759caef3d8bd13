import { describe, expect, it } from '@jest/globals';
import { kEnter } from '../support/own-names.js';
import { Enclosed, isEnclosed } from './enclosed.js';

describe('what is put around something', () => {
  it('surrounds it, the last one outermost', () => {
    const seen: string[] = [];
    const one = new Enclosed();
    for (const name of ['inner', 'outer']) {
      one.enclose((call) => {
        seen.push(`${name} begins`);
        call();
        seen.push(`${name} ends`);
      });
    }
    const value = one[kEnter](
      () => seen.push('it'),
      () => {},
    );
    expect(value).toBe(3);
    expect(seen).toEqual(['outer begins', 'inner begins', 'it', 'inner ends', 'outer ends']);
  });

  it.each([
    [
      'throws before it',
      1,
      () => {
        throw new Error('before');
      },
    ],
    [
      'throws behind it',
      1,
      (call: () => void) => {
        call();
        throw new Error('behind');
      },
    ],
    ['never calls it', 0, () => {}],
    [
      'calls it twice',
      0,
      (call: () => void) => {
        call();
        call();
      },
    ],
  ])('changes nothing when it %s', (_what, failures, around) => {
    const errors: unknown[] = [];
    let calls = 0;
    const one = new Enclosed();
    one.enclose(around);
    expect(
      one[kEnter](
        () => ++calls,
        (error) => errors.push(error),
      ),
    ).toBe(1);
    expect([calls, errors.length]).toEqual([1, failures]);
  });

  it('lets through what it throws, which ran once', () => {
    let calls = 0;
    const one = new Enclosed();
    one.enclose((call) => call());
    const failing = (): never => {
      calls++;
      throw new Error('of the call');
    };
    expect(() => one[kEnter](failing, () => {})).toThrow('of the call');
    expect([calls, isEnclosed()]).toEqual([1, false]);
  });

  it('is known to what runs in it at once, and to nobody later', async () => {
    const one = new Enclosed();
    one.enclose((call) => call());
    const later = one[kEnter](
      async () => {
        const atOnce = isEnclosed();
        await Promise.resolve();
        return [atOnce, isEnclosed()];
      },
      () => {},
    );
    expect(isEnclosed()).toBe(false);
    expect(await later).toEqual([true, false]);
  });
});
