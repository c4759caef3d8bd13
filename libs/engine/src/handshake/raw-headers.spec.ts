import { describe, expect, it } from '@jest/globals';
import { countHeader } from './raw-headers.js';

describe('countHeader', () => {
  it('counts the lines of a name in any case', () => {
    expect(countHeader(['Host', 'a', 'HOST', 'b', 'X-Host', 'c'], 'host')).toBe(2);
  });

  it('does not look at values', () => {
    expect(countHeader(['X', 'host', 'Y', 'host'], 'host')).toBe(0);
  });

  it('is 0 without headers', () => {
    expect(countHeader([], 'host')).toBe(0);
  });
});
