import { describe, expect, it } from '@jest/globals';
import { MailNumbers } from './mail-numbers.js';

describe('numbers of mail', () => {
  it('go upwards, also where time stands still or goes back', () => {
    let now = 1_700_000_000_000;
    const numbers = new MailNumbers(() => now);
    const given = Array.from({ length: 5_000 }, () => numbers.next());
    now -= 60_000;
    given.push(numbers.next());
    now += 120_000;
    given.push(numbers.next());
    expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
  });

  it('of a process that was started again are none of the one before', () => {
    const start = 1_700_000_000_000.5;
    const before = new MailNumbers(() => start);
    const last = Array.from({ length: 100 }, () => before.next()).at(-1) ?? 0;
    const later = new MailNumbers(() => start + 1);
    expect(later.next()).toBeGreaterThan(last);
  });

  it('are integers that JSON carries whole, for the next two hundred years', () => {
    const numbers = new MailNumbers(() => Date.UTC(2226, 0));
    expect(Number.isSafeInteger(numbers.next())).toBe(true);
  });
});
