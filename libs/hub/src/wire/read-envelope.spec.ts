import { describe, expect, it } from '@jest/globals';
import { readEnvelope } from './read-envelope.js';

describe('readEnvelope', () => {
  it('serves codecs whose values JSON does not know', () => {
    const data = new Uint8Array([1]);
    expect(readEnvelope({ event: 'say', data, id: 'a' })).toEqual({ event: 'say', data, id: 'a' });
    expect(() => readEnvelope({ event: 'say', id: Number.NaN })).toThrow('Cannot read id');
    expect(() => readEnvelope(undefined)).toThrow('current value is missing');
  });

  it('names types and lengths, never the value', () => {
    expect(() => readEnvelope({ event: 'secret'.repeat(30) })).toThrow(
      'Cannot read event: a string of 1 to 128 characters is expected, current value is a string of 180 characters',
    );
  });
});
