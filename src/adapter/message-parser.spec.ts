import { describe, expect, it } from '@jest/globals';
import { WireError } from '#hub';
import { parseJsonMessage } from './message-parser.js';

const codeOf = (data: string | Buffer): string => {
  try {
    parseJsonMessage(data);
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
  return 'none';
};

describe('parseJsonMessage', () => {
  const text = '{"event":"say","data":{"a":"ü"},"id":7,"more":1}';
  const message = { event: 'say', data: { a: 'ü' }, id: 7 };

  it('reads JSON from text and from bytes in every form a connection hands them out', () => {
    const bytes = Buffer.from(text);
    const exact = new Uint8Array(bytes).buffer;
    expect(parseJsonMessage(text)).toEqual(message);
    expect(parseJsonMessage(bytes)).toEqual(message);
    expect(parseJsonMessage(exact)).toEqual(message);
    expect(parseJsonMessage([bytes.subarray(0, 30), bytes.subarray(30)])).toEqual(message);
  });

  it('takes events that are no strings, which SubscribeMessage may name', () => {
    expect(parseJsonMessage('{"event":5}').event).toBe(5);
  });

  it.each(['', '{', 'undefined', '['.repeat(300_000)])('refuses what is not JSON', (bad) => {
    expect(codeOf(bad)).toBe('BAD_JSON');
  });

  it.each(['null', '1', '"event"', '[]', '{}', '{"data":1}'])('refuses %s', (bad) => {
    expect(codeOf(bad)).toBe('BAD_ENVELOPE');
  });

  it('drops __proto__ keys at every depth, escaped or not', () => {
    for (const key of ['__proto__', '\\u005f_proto__']) {
      const { data } = parseJsonMessage(
        `{"event":"x","data":{"${key}":{"admin":true},"a":[{"${key}":{"admin":true}}]}}`,
      );
      const copy = Object.assign({}, data) as { admin?: boolean; a: object[] };
      expect(copy.admin).toBeUndefined();
      expect(copy.a).toEqual([{}]);
      expect((Object.assign({}, copy.a[0]) as { admin?: boolean }).admin).toBeUndefined();
    }
  });
});
