import { describe, expect, it } from '@jest/globals';
import { readCloseArguments } from './close-arguments.js';

const CODE_ERROR = new TypeError('First argument must be a valid error code number');
const REASON_ERROR = new TypeError('Second argument must be a string or a Uint8Array');

describe('the arguments of close', () => {
  it('may be none, and then have no reason either', () => {
    expect(readCloseArguments(undefined, undefined)).toHaveLength(0);
    expect(readCloseArguments(undefined, 'ignored')).toHaveLength(0);
  });

  it.each([1000, 1003, 1007, 1014, 3000, 4999])('may be the code %i', (code) => {
    expect(readCloseArguments(code, undefined)).toHaveLength(0);
  });

  // RFC 6455 7.4: reserved, never on the wire, or no code at all.
  it.each([null, 0, 999, 1004, 1005, 1006, 1015, 2999, 5000, NaN, 1000.5, '1000', {}])(
    'cannot be the code %p',
    (code) => {
      expect(() => readCloseArguments(code, 'why')).toThrow(CODE_ERROR);
    },
  );

  it('may have a reason as text or bytes', () => {
    expect(Buffer.from(readCloseArguments(1000, 'wörd')).toString()).toBe('wörd');
    expect(Buffer.from(readCloseArguments(1000, Buffer.from('why'))).toString()).toBe('why');
  });

  it.each(['', 5, true, false, {}, new ArrayBuffer(4), new DataView(new ArrayBuffer(2)), () => {}])(
    'have no reason when it is %p',
    (reason) => {
      expect(readCloseArguments(1000, reason)).toHaveLength(0);
    },
  );

  it.each([null, { length: 100 }, [1, 2], new Float32Array(20), new Uint16Array(3)])(
    'cannot have the reason %p',
    (reason) => {
      expect(() => readCloseArguments(1000, reason)).toThrow(
        reason === null ? TypeError : REASON_ERROR,
      );
    },
  );

  it('have a reason of at most 123 bytes', () => {
    expect(readCloseArguments(1000, 'é'.repeat(61) + 'x')).toHaveLength(123);
    const error = new RangeError('The message must not be greater than 123 bytes');
    expect(() => readCloseArguments(1000, 'é'.repeat(62))).toThrow(error);
  });
});
