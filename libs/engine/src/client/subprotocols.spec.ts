import { describe, expect, it } from '@jest/globals';
import { readSubprotocols } from './subprotocols.js';

describe('subprotocols to offer', () => {
  it('are none, one, or a list in order', () => {
    expect(readSubprotocols(undefined)).toEqual([]);
    expect(readSubprotocols('chat')).toEqual(['chat']);
    expect(readSubprotocols(['v2', 'v1'])).toEqual(['v2', 'v1']);
  });

  // RFC 6455 4.1/10: non-empty tokens, each of them once.
  it.each([null, '', ' ', 'a,b', 'a b', 'é', 'a\r\nX: y', 'a\0', 5, [''], ['a', 'a'], [1], [null]])(
    'are a SyntaxError when they are %p',
    (given) => {
      const error = new SyntaxError('An invalid or duplicated subprotocol was specified');
      expect(() => readSubprotocols(given)).toThrow(error);
    },
  );
});
