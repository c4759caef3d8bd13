import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { UsageError } from '../protocol/errors.js';
import {
  assertHeaderName,
  assertHeaderValue,
  headerHasToken,
  isToken,
  parseTokenList,
} from './header-tokens.js';

// The grammar of RFC 9110 5.6.2 written a second time, as the oracle of the table.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

describe('isToken', () => {
  it('agrees with the grammar on each of the first 65,536 code units', () => {
    for (let code = 0; code <= 0xffff; code++) {
      const text = String.fromCharCode(code);
      expect([code, isToken(text)]).toEqual([code, TOKEN.test(text)]);
    }
  });

  it('needs at least one character', () => {
    expect(isToken('')).toBe(false);
  });

  it('agrees with the grammar on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(isToken(text)).toBe(TOKEN.test(text));
      }),
    );
  });

  it.each(['__proto__', 'constructor'])('takes %s for what it is, a token', (name) => {
    expect(isToken(name)).toBe(true);
  });
});

describe('headerHasToken', () => {
  it.each([
    ['websocket'],
    ['WebSocket'],
    ['foo, websocket'],
    ['foo,WEBSOCKET,bar'],
    [' \twebsocket\t '],
    ['foo/1.0, "quoted, text", websocket'],
    [',,websocket,'],
  ])('finds websocket in %j', (header) => {
    expect(headerHasToken(header, 'websocket')).toBe(true);
  });

  it.each([
    [undefined],
    [''],
    [','],
    ['websockets'],
    ['awebsocket'],
    ['web socket'],
    ['websocket/13'],
    ['websoc\u212Aet'],
    ['websocket;q=1'],
  ])('does not find it in %j', (header) => {
    expect(headerHasToken(header, 'websocket')).toBe(false);
  });
});

describe('parseTokenList', () => {
  it('keeps order and duplicates', () => {
    expect(parseTokenList('b, a ,\tb,c')).toEqual(['b', 'a', 'b', 'c']);
  });

  it('skips empty members as a recipient must', () => {
    expect(parseTokenList(',a,, b ,')).toEqual(['a', 'b']);
  });

  it.each(['', ' ', ',', ' , ,', 'a b', 'a;b', 'a, "b"', 'a, é', 'a\u0000', 'a=b', 'a\r\nb'])(
    'refuses %j',
    (header) => {
      expect(parseTokenList(header)).toBeNull();
    },
  );

  it('reads back what was joined', () => {
    const token = fc.stringMatching(TOKEN);
    fc.assert(
      fc.property(fc.array(token, { minLength: 1 }), (tokens) => {
        expect(parseTokenList(tokens.join(', '))).toEqual(tokens);
      }),
    );
  });
});

describe('assertHeaderName', () => {
  it('lets a token through', () => {
    expect(() => assertHeaderName('X-Request_Id')).not.toThrow();
  });

  it.each(['', 'a b', 'a:', 'a\r\nb', 'é', 'a\0'])('throws a UsageError for %j', (name) => {
    expect(() => assertHeaderName(name)).toThrow(UsageError);
  });

  it('throws a UsageError for what is no string', () => {
    expect(() => assertHeaderName(undefined as unknown as string)).toThrow(UsageError);
  });
});

describe('assertHeaderValue', () => {
  it('allows exactly tab, printable ASCII and the upper half of Latin-1', () => {
    for (let code = 0; code <= 0x120; code++) {
      const allowed =
        code === 0x09 || (code >= 0x20 && code <= 0x7e) || (code >= 0x80 && code <= 0xff);
      const send = (): void => assertHeaderValue('X', `a${String.fromCharCode(code)}b`);
      if (allowed) expect(send).not.toThrow();
      else expect(send).toThrow(UsageError);
    }
  });

  it.each(['\u{1F600}', '\u2028', '\uD800'])('throws for %j, which is not Latin-1', (value) => {
    expect(() => assertHeaderValue('X', value)).toThrow(UsageError);
  });

  it('allows an empty value', () => {
    expect(() => assertHeaderValue('X', '')).not.toThrow();
  });

  it('says which header, character and position', () => {
    expect(() => assertHeaderValue('X-Name', 'ab\r\nSet-Cookie: a=b')).toThrow(
      'Cannot send the header X-Name: its value holds U+000D at position 2',
    );
  });

  it('throws a UsageError for what is no string', () => {
    expect(() => assertHeaderValue('X', 1 as unknown as string)).toThrow(UsageError);
  });
});
