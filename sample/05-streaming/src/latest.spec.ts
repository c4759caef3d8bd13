import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import { latest } from './latest.js';

function setUp() {
  const source = new Subject<number>();
  const controller = new AbortController();
  return { source, controller, values: latest(source, controller.signal) };
}

describe('latest', () => {
  it('gives the newest value, whatever came while the reader was busy', async () => {
    const { source, values } = setUp();
    const first = values.next();
    source.next(1);
    expect(await first).toEqual({ done: false, value: 1 });
    for (const value of [2, 3, 4]) source.next(value);
    expect(await values.next()).toEqual({ done: false, value: 4 });
  });

  it('ends with its source, after the last value, and lets go of it', async () => {
    const { source, values } = setUp();
    const first = values.next();
    source.next(1);
    source.complete();
    expect(await first).toEqual({ done: false, value: 1 });
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });

  it('fails as its source does', async () => {
    const { source, values } = setUp();
    const first = values.next();
    source.error(new Error('no market'));
    await expect(first).rejects.toThrow('no market');
  });

  it('stops waiting when the signal aborts, and unsubscribes', async () => {
    const { source, controller, values } = setUp();
    const first = values.next();
    expect(source.observed).toBe(true);
    controller.abort();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(source.observed).toBe(false);
  });
});
