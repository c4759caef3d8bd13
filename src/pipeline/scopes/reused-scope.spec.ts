import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { inReusedScope } from './reused-scope.js';

const first = new AsyncLocalStorage<string>();
const second = new AsyncLocalStorage<string>();
const stores = (): unknown[] => [first.getStore(), second.getStore()];
const NOTHING = [undefined, undefined];

type Step = () => unknown;

const scope = inReusedScope((_a: unknown, step: Step, _c: unknown, _d: unknown) => step());
const run = (step: Step): unknown => scope({}, step, {}, 'event');

afterEach(() => {
  first.disable();
  second.disable();
});

describe('inReusedScope', () => {
  it('starts every call without the stores that others have entered', async () => {
    const seen: unknown[] = [];
    for (const name of ['a', 'b', 'c']) {
      const result = run(async () => {
        seen.push(stores());
        first.enterWith(name);
        await Promise.resolve();
        second.enterWith(`${name}2`);
        await Promise.resolve();
        return stores();
      });
      expect(run(stores)).toEqual(NOTHING);
      expect(await (result as Promise<unknown>)).toEqual([name, `${name}2`]);
    }
    expect(seen).toEqual([NOTHING, NOTHING, NOTHING]);
    expect(stores()).toEqual(NOTHING);
  });

  it('is clean after a throw, inside of itself and under a store of its caller', () => {
    expect(() =>
      run(() => {
        first.enterWith('thrown');
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(run(stores)).toEqual(NOTHING);
    const nested = run(() => {
      first.enterWith('outer');
      return [run(stores), stores()];
    });
    expect(nested).toEqual([NOTHING, ['outer', undefined]]);
    first.run('caller', () => {
      expect(run(stores)).toEqual(NOTHING);
      run(() => first.enterWith('called'));
      expect(stores()).toEqual(['caller', undefined]);
    });
    expect(run(stores)).toEqual(NOTHING);
  });

  it('keeps what it was made under', () => {
    const read = (): unknown => {
      const before = stores();
      first.enterWith('changed');
      return before;
    };
    const inner = first.run('start', () => inReusedScope((..._all: unknown[]) => read()));
    const args = [{}, 1, {}, 'event'] as const;
    for (let count = 0; count < 3; count++) {
      expect(inner(...args)).toEqual(['start', undefined]);
    }
  });

  it('hands on the arguments, the result and what is awaited under a store', async () => {
    const echo = inReusedScope((...all: [object, number, object, string]) => all);
    const args = [{}, 1, {}, 'event'] as const;
    expect(echo(...args)).toEqual(args);
    const waited = run(() =>
      first.run('own', async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 1);
        });
        return stores();
      }),
    );
    expect(await (waited as Promise<unknown>)).toEqual(['own', undefined]);
  });
});
