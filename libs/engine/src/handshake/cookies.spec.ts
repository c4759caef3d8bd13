import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { UsageError } from '../protocol/errors.js';
import { MAX_COOKIES, parseCookies, serializeCookie, type CookieAttributes } from './cookies.js';

describe('parseCookies', () => {
  it('is empty without a header', () => {
    expect(Object.keys(parseCookies(undefined))).toEqual([]);
    expect(Object.keys(parseCookies(''))).toEqual([]);
  });

  it.each([
    ['a=b; c=d', { a: 'b', c: 'd' }],
    ['a=b;c=d', { a: 'b', c: 'd' }],
    ['  a =  b ;', { a: 'b' }],
    ['a=b=c==', { a: 'b=c==' }],
    ['a=', { a: '' }],
    ['a="b c"', { a: 'b c' }],
    ['a="', { a: '"' }],
    ['a=""', { a: '' }],
    ['a=b"c"', { a: 'b"c"' }],
    ['a; =b; c=d', { c: 'd' }],
    ['a=%20b%C3%A9', { a: ' bé' }],
    ['a=100%; b=%E9; c=%zz', { a: '100%', b: '%E9', c: '%zz' }],
    ['a=1; a=2', { a: '1' }],
    [';;; a=b', { a: 'b' }],
  ])('reads %j', (header, cookies) => {
    expect({ ...parseCookies(header) }).toEqual(cookies);
  });

  it('has no prototype that a name could reach', () => {
    const cookies = parseCookies('__proto__=a; constructor=b');
    expect(Object.getPrototypeOf(cookies)).toBeNull();
    expect(Object.entries(cookies)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect('toString' in cookies).toBe(false);
  });

  it('reads as many as the limit and ignores the rest', () => {
    const pairs = Array.from({ length: MAX_COOKIES + 1 }, (_, index) => `c${index}=${index}`);
    const cookies = parseCookies(pairs.join('; '));
    expect(Object.keys(cookies)).toHaveLength(MAX_COOKIES);
    expect(cookies[`c${MAX_COOKIES - 1}`]).toBe(String(MAX_COOKIES - 1));
    expect(cookies[`c${MAX_COOKIES}`]).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=;"% 2\té\0'.split('')) }), (header) => {
        for (const value of Object.values(parseCookies(header)))
          expect(typeof value).toBe('string');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('serializeCookie', () => {
  it('writes a name and a value', () => {
    expect(serializeCookie('sid', 'abc')).toBe('sid=abc');
    expect(serializeCookie('sid', '')).toBe('sid=');
    expect(serializeCookie('sid', '"abc"')).toBe('sid="abc"');
  });

  it('writes every attribute', () => {
    expect(
      serializeCookie('sid', 'abc', {
        path: '/chat',
        domain: 'example.com',
        expires: new Date(0),
        maxAge: 3600,
        secure: true,
        httpOnly: true,
        sameSite: 'lax',
      }),
    ).toBe(
      'sid=abc; Path=/chat; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=3600; Secure; HttpOnly; SameSite=Lax',
    );
  });

  it.each<[CookieAttributes, string]>([
    [{ sameSite: 'strict' }, '; SameSite=Strict'],
    [{ sameSite: 'none', secure: true }, '; Secure; SameSite=None'],
    [{ maxAge: 0 }, '; Max-Age=0'],
    [{ maxAge: -1 }, '; Max-Age=-1'],
    [{ domain: '.example.com' }, '; Domain=.example.com'],
    [{ domain: 'localhost' }, '; Domain=localhost'],
    [{ secure: false, httpOnly: false }, ''],
    [{ expires: new Date(Date.UTC(1601, 0, 1)) }, '; Expires=Mon, 01 Jan 1601 00:00:00 GMT'],
    [{ expires: new Date(Date.UTC(9999, 11, 31)) }, '; Expires=Fri, 31 Dec 9999 00:00:00 GMT'],
  ])('writes %j', (attributes, written) => {
    expect(serializeCookie('a', 'b', attributes)).toBe(`a=b${written}`);
  });

  it.each(['', 'a b', 'a=b', 'a;b', 'a\r\n', 'é'])('throws for the name %j', (name) => {
    expect(() => serializeCookie(name, 'x')).toThrow(UsageError);
  });

  it('takes exactly the characters of RFC 6265 4.1.1 in a value', () => {
    for (let code = 0; code <= 0x100; code++) {
      const character = String.fromCharCode(code);
      const allowed = code > 0x20 && code < 0x7f && !'",;\\'.includes(character);
      const write = (): string => serializeCookie('a', `x${character}y`);
      if (allowed) expect(write()).toBe(`a=x${character}y`);
      else expect(write).toThrow(UsageError);
    }
  });

  it.each(['"', '"a', 'a"', '"a b"', 'a; Domain=evil.example'])(
    'throws for the value %j',
    (value) => {
      expect(() => serializeCookie('a', value)).toThrow(UsageError);
    },
  );

  it.each<CookieAttributes>([
    { path: '' },
    { path: '/; Secure' },
    { path: '/\r\nX: y' },
    { path: '/é' },
    { domain: '' },
    { domain: '.' },
    { domain: 'a b' },
    { domain: 'a;b' },
    { domain: 'a.example.' },
    { domain: '-a.example' },
    { expires: new Date(Number.NaN) },
    { expires: new Date(Date.UTC(1600, 11, 31)) },
    { expires: new Date(Date.UTC(10_000, 0, 1)) },
    { maxAge: 1.5 },
    { maxAge: Number.NaN },
    { maxAge: Number.POSITIVE_INFINITY },
    { sameSite: 'none' },
    { sameSite: 'constructor' as 'lax' },
  ])('throws for %j', (attributes) => {
    expect(() => serializeCookie('a', 'b', attributes)).toThrow(UsageError);
  });

  it('does not put the value, often a secret, into its error', () => {
    expect(() => serializeCookie('sid', 'secret value')).toThrow(
      'Cannot serialize the cookie "sid": its value holds a character that must be encoded',
    );
  });

  it('writes what parseCookies reads back once the value is encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const cookie = serializeCookie('a', encodeURIComponent(value));
        expect(parseCookies(cookie)['a']).toBe(value);
      }),
    );
  });
});
