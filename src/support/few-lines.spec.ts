import { expect, it, jest } from '@jest/globals';
import { FewLines } from './few-lines.js';

it('writes five lines in a second, and says how many it left out', () => {
  jest.useFakeTimers();
  const lines: string[] = [];
  const few = new FewLines((line) => lines.push(line));
  for (let n = 0; n < 20; n++) few.write(() => `line ${n}`);
  expect(lines).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
  jest.advanceTimersByTime(1_000);
  few.write(() => 'later');
  few.write(() => 'and later');
  jest.useRealTimers();
  expect(lines.slice(5)).toEqual(['later (15 more before it)', 'and later']);
});

it('makes no line that is left out', () => {
  let made = 0;
  const few = new FewLines(() => {});
  for (let n = 0; n < 1_000; n++) few.write(() => String(++made));
  expect(made).toBeLessThan(20);
});
