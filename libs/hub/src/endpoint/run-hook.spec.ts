import { describe, expect, it } from '@jest/globals';
import { runHook } from './run-hook.js';

describe('running a hook nobody waits for', () => {
  it('is over at once for one that returns no promise', () => {
    const failures: unknown[] = [];
    for (const value of [undefined, 1, {}]) {
      expect(runHook(() => value, failures.push)).toBeUndefined();
    }
    expect(failures).toEqual([]);
  });

  it('gives a promise while it is at work', async () => {
    const failures: unknown[] = [];
    const failed = (error: unknown): void => void failures.push(error);
    await expect(runHook(() => Promise.resolve(1), failed)).resolves.toBeUndefined();
    expect(failures).toEqual([]);
  });

  it('tells of what it throws or rejects with', async () => {
    const failures: unknown[] = [];
    const failed = (error: unknown): void => void failures.push(error);
    const error = new Error('broken');
    const thrown = (): never => {
      throw error;
    };
    expect(runHook(thrown, failed)).toBeUndefined();
    await expect(runHook(() => Promise.reject(error), failed)).resolves.toBeUndefined();
    expect(failures).toEqual([error, error]);
  });
});
