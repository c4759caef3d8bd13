import { describe, expect, it } from '@jest/globals';
import { UsageError } from './errors.js';
import { naiveIsUtf8 } from '../testing-fixtures/naive-utf8.js';
import { rawClosePayload } from '../testing-fixtures/raw-frame.js';
import { MAX_CLOSE_REASON } from '../protocol/control-payload.js';
import { closePayload, closeReason } from './close-payload.js';

describe('closePayload', () => {
  it('is empty without a code', () => {
    expect(closePayload(undefined, '')).toHaveLength(0);
  });

  it('is the code and the reason in UTF-8', () => {
    expect(closePayload(1000, '')).toEqual(rawClosePayload(1000));
    expect(closePayload(4321, 'Schluß €')).toEqual(rawClosePayload(4321, 'Schluß €'));
    const bytes = Buffer.from('bytes');
    expect(closePayload(1001, bytes)).toEqual(rawClosePayload(1001, bytes));
  });

  it('refuses a reason without a code', () => {
    expect(() => closePayload(undefined, 'why')).toThrow(UsageError);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, -1, 1000.5, NaN])(
    'refuses code %d, which may not be sent (7.4.1)',
    (code) => {
      expect(() => closePayload(code, '')).toThrow(UsageError);
      expect(() => closePayload(code, '')).toThrow(String(code));
    },
  );

  it('refuses a code that is no number', () => {
    for (const code of ['1000', null, {}, true]) {
      expect(() => closePayload(code as number, '')).toThrow(UsageError);
    }
  });

  it('takes 123 bytes of reason and refuses 124, counted in UTF-8 (5.5)', () => {
    expect(closePayload(1000, 'x'.repeat(123))).toHaveLength(125);
    expect(closePayload(1000, 'é'.repeat(61))).toHaveLength(124);
    expect(closePayload(1000, Buffer.alloc(123, 'x'))).toHaveLength(125);
    for (const reason of ['x'.repeat(124), 'é'.repeat(62), Buffer.alloc(124)]) {
      expect(() => closePayload(1000, reason)).toThrow('it has 124 bytes, allowed are 123');
    }
  });
});

describe('closeReason', () => {
  it('leaves alone what fits', () => {
    for (const message of ['', 'short', 'x'.repeat(123), 'é'.repeat(61)]) {
      expect(closeReason(message)).toBe(message);
    }
  });

  it('cuts what does not fit between two characters', () => {
    for (const character of ['x', 'é', '€', '\u{1f600}']) {
      for (let shift = 0; shift < 4; shift++) {
        const message = 'a'.repeat(shift) + character.repeat(200);
        const reason = closeReason(message);
        const bytes = Buffer.from(reason);
        expect(message.startsWith(reason)).toBe(true);
        expect(naiveIsUtf8(bytes)).toBe(true);
        expect(bytes.length).toBeLessThanOrEqual(MAX_CLOSE_REASON);
        expect(bytes.length).toBeGreaterThan(MAX_CLOSE_REASON - Buffer.byteLength(character));
      }
    }
  });
});
