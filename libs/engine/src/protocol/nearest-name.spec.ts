import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest-name.js';

const NAMES = ['queueSize', 'queueBytes', 'concurrency', 'timeout', 'path', 'port', 'host', 'tls'];

describe('the nearest name', () => {
  it.each([
    ['qeueSize', 'queueSize', 'a character is missing'],
    ['queuesSize', 'queueSize', 'one is too many'],
    ['queueSixe', 'queueSize', 'one is wrong'],
    ['queueSiez', 'queueSize', 'two are swapped'],
    ['queuesize', 'queueSize', 'only the case is wrong'],
    ['QUEUEBYTES', 'queueBytes', 'all of the case is'],
    ['queueByte', 'queueBytes', 'two names are near, and one is nearer'],
    ['cnocurency', 'concurrency', 'two mistakes in a long name'],
    ['pth', 'path', 'one mistake in a short name'],
  ])('of %s is %s: %s', (given, nearest) => {
    expect(nearestName(given, NAMES)).toBe(nearest);
  });

  it.each([
    'heartbeat',
    'queue',
    'hots!',
    'x',
    '',
    'p',
    'constructor',
    '__proto__',
    'q'.repeat(1e6),
  ])('of %.20s is none', (given) => {
    expect(nearestName(given, NAMES)).toBeUndefined();
  });

  it('is none where there are no names, and the first of two that are as near', () => {
    expect(nearestName('timeout', [])).toBeUndefined();
    expect(nearestName('tax', ['tab', 'tap'])).toBe('tab');
  });
});
