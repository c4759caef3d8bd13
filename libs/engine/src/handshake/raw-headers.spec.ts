import { describe, expect, it } from '@jest/globals';
import { countHeader, countLines, madeHeaders } from './raw-headers.js';

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

describe('countLines', () => {
  it('goes by the raw headers where they are as those of Node', () => {
    const rawHeaders = ['Host', 'a', 'HOST', 'b'];
    expect(countLines({ headers: { host: 'a' }, rawHeaders }, 'host')).toBe(2);
    expect(countLines({ headers: {}, rawHeaders: ['X', 'y'] }, 'host')).toBe(0);
  });

  it('goes by the parsed ones for what is in these alone', () => {
    expect(countLines({ headers: { host: 'a' }, rawHeaders: ['X', 'y'] }, 'host')).toBe(1);
  });

  it.each([undefined, null, [], [['Host', 'a']], { host: 'a' }, 'Host', [1, 2]])(
    'goes by the parsed ones where they are %j',
    (rawHeaders) => {
      const headers = { host: 'a', 'set-cookie': ['a', 'b'] };
      const counts = ['host', 'set-cookie', 'origin'].map((name) =>
        countLines({ headers, rawHeaders }, name),
      );
      expect(counts).toEqual([1, 2, 0]);
    },
  );
});

describe('madeHeaders', () => {
  it('has nothing to say of what Node has parsed', () => {
    expect(madeHeaders({ headers: { host: 'a' }, rawHeaders: ['Host', 'a'] })).toBeNull();
  });

  it('makes text of numbers and lists, and leaves out what is not there', () => {
    const headers = { a: 1, b: ['c', 2], d: null, e: undefined, f: 'g' } as never;
    expect(madeHeaders({ headers })).toEqual({ a: '1', b: 'c, 2', f: 'g' });
  });
});
