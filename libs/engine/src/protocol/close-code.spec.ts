import { describe, expect, it } from '@jest/globals';
import { CloseCode, isSendableCloseCode } from './close-code.js';

/** RFC 6455 7.4.1, 7.4.2 and the IANA registry, range by range. */
const TABLE: readonly (readonly [from: number, to: number, sendable: boolean])[] = [
  [0, 999, false],
  [1000, 1003, true],
  [1004, 1006, false],
  [1007, 1014, true],
  [1015, 2999, false],
  [3000, 4999, true],
  [5000, 5100, false],
];

describe('close codes', () => {
  it.each(TABLE)('from %d to %d may stand in a Close frame: %s', (from, to, sendable) => {
    for (let code = from; code <= to; code++) {
      expect([code, isSendableCloseCode(code)]).toEqual([code, sendable]);
    }
  });

  it('are covered by the table without a gap', () => {
    for (let row = 1; row < TABLE.length; row++) {
      expect(TABLE[row]![0]).toBe(TABLE[row - 1]![1] + 1);
    }
  });

  it('are 16-bit whole numbers', () => {
    for (const code of [-1000, 65536 + 1000, 1000.5, 3000.5, NaN, Infinity]) {
      expect(isSendableCloseCode(code)).toBe(false);
    }
  });

  it('have names, of which three are never sent', () => {
    const unsendable = Object.entries(CloseCode).filter(([, code]) => !isSendableCloseCode(code));
    expect(unsendable).toEqual([
      ['NoStatus', 1005],
      ['Abnormal', 1006],
      ['TlsHandshake', 1015],
    ]);
  });
});
