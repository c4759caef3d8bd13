import { expect, it, jest } from '@jest/globals';
import { Handled } from './handled.js';
import { Tally } from './tally.js';

function handled() {
  const record = jest.fn();
  const count = new Tally('path', 'event', 'outcome');
  return { record, count, all: new Handled(count, { record }) };
}

it('records each of a thousand', () => {
  const { record, count, all } = handled();
  for (let n = 0; n < 1_000; n++) all.add('/', 'say', 'answered', 5);
  expect(record).toHaveBeenCalledTimes(1_000);
  expect(record).toHaveBeenLastCalledWith(0.005, {
    'nestwire.path': '/',
    'nestwire.event': 'say',
    'nestwire.outcome': 'answered',
  });
  expect(count.cell('/', 'say', 'answered').value).toBe(1_000);
});

it('counts each of many, and records some thousands', () => {
  const { record, count, all } = handled();
  for (let n = 0; n < 100_000; n++) all.add('/', 'say', 'answered', 5);
  expect(count.cell('/', 'say', 'answered').value).toBe(100_000);
  // 1,000, and a thousandth more for each thousand: 1,000 * (1 + ln 100), give or take.
  expect(record.mock.calls.length).toBeGreaterThan(4_500);
  expect(record.mock.calls.length).toBeLessThan(7_000);
});

it('does not lose a rare one among many others', () => {
  const { record, all } = handled();
  for (let n = 0; n < 100_000; n++) all.add('/', 'say', 'answered', 5);
  record.mockClear();
  all.add('/', 'say', 'failed', 7);
  expect(record).toHaveBeenCalledTimes(1);
});

it('begins each second with the rate of the one before', () => {
  jest.useFakeTimers();
  const { record, all } = handled();
  all.start();
  for (let n = 0; n < 100_000; n++) all.add('/', 'say', 'answered', 5);
  jest.advanceTimersByTime(1_000);
  record.mockClear();
  for (let n = 0; n < 100_000; n++) all.add('/', 'say', 'answered', 5);
  all.stop();
  jest.useRealTimers();
  expect(record.mock.calls.length).toBeGreaterThan(700);
  expect(record.mock.calls.length).toBeLessThan(1_300);
});
