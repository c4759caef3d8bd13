import { describe, expect, it } from '@jest/globals';
import { createJsonCodec, jsonCodec } from './json.codec.js';
import { WireError } from './wire-error.js';

function refusal(payload: string | Uint8Array): WireError {
  try {
    jsonCodec.decode(payload);
  } catch (error) {
    expect(error).toBeInstanceOf(WireError);
    return error as WireError;
  }
  throw new Error('The payload was accepted');
}

/** An envelope with that many levels, itself included. */
function nested(levels: number): string {
  const inner = levels - 1;
  return `{"event":"say","data":${'['.repeat(inner)}1${']'.repeat(inner)}}`;
}

const decode = (value: unknown) => jsonCodec.decode(JSON.stringify(value));

describe('the JSON codec, decoding', () => {
  it('reads event, data and id', () => {
    expect(decode({ event: 'say', data: { text: 'hi' }, id: 7 })).toEqual({
      event: 'say',
      data: { text: 'hi' },
      id: 7,
    });
  });

  it('leaves data undefined and makes no id when the message has none', () => {
    const envelope = decode({ event: 'ping' });
    expect(envelope.data).toBeUndefined();
    expect('id' in envelope).toBe(false);
  });

  it('does not let a client say that a stream is complete', () => {
    expect(decode({ event: 'say', complete: true, more: 1 }).complete).toBeUndefined();
  });

  it.each(['', '{', '{"event":', 'undefined', "{'event':'a'}", '\u0000'])(
    'answers %j with BAD_JSON and does not quote it',
    (text) => {
      const error = refusal(text);
      expect(error.code).toBe('BAD_JSON');
      expect(error.cause).toBeUndefined();
    },
  );

  it.each(['null', '123', '"say"', 'true', '[]', '[{"event":"a"}]', '{}'])(
    'answers %s with BAD_ENVELOPE',
    (text) => {
      expect(refusal(text).code).toBe('BAD_ENVELOPE');
    },
  );

  it.each([[''], [null], [1], [{}], [['say']], [{ toString: 'x' }]])(
    'refuses %j as an event',
    (event) => {
      expect(refusal(JSON.stringify({ event })).code).toBe('BAD_ENVELOPE');
    },
  );

  it('takes an event of 128 characters and refuses one of 129', () => {
    expect(decode({ event: 'e'.repeat(128) }).event).toHaveLength(128);
    expect(refusal(JSON.stringify({ event: 'e'.repeat(129) })).code).toBe('BAD_ENVELOPE');
  });

  it('refuses an event of a megabyte without repeating it', () => {
    const error = refusal(JSON.stringify({ event: 'e'.repeat(1024 * 1024) }));
    expect(error.message.length).toBeLessThan(200);
  });

  it.each([[0], [-1], [1.5], ['a'], ['a'.repeat(128)], [Number.MAX_VALUE]])(
    'takes %j as an id',
    (id) => {
      expect(decode({ event: 'say', id }).id).toBe(id);
    },
  );

  it.each(['null', '""', '{}', '[]', 'true', '1e999', `"${'a'.repeat(129)}"`])(
    'refuses %s as an id',
    (id) => {
      expect(refusal(`{"event":"say","id":${id}}`).code).toBe('BAD_ENVELOPE');
    },
  );

  it('keeps the id of a message whose event is refused, for the exception to carry', () => {
    expect(refusal('{"id":7}').id).toBe(7);
  });

  it('refuses a binary message', () => {
    expect(refusal(Buffer.from('{"event":"say"}')).code).toBe('BAD_ENVELOPE');
  });

  it('refuses nesting 200,000 levels deep before it is parsed, well-formed or not', () => {
    for (const key of ['a', '__proto__', '\\u005f_proto__']) {
      const text = `{"event":"say","data":${`{"${key}":`.repeat(200_000)}1${'}'.repeat(200_000)}}`;
      expect(refusal(text)).toMatchObject({
        code: 'BAD_ENVELOPE',
        message:
          'Cannot parse message: at most 100 levels of arrays and objects are expected, it has more',
      });
    }
    expect(refusal(`{"event":"say","data":${'['.repeat(200_000)}`).code).toBe('BAD_ENVELOPE');
  });

  it('takes 100 levels, the envelope included, or as many as it was made for', () => {
    expect(jsonCodec.decode(nested(100)).event).toBe('say');
    expect(refusal(nested(101)).code).toBe('BAD_ENVELOPE');
    const deeper = createJsonCodec({ maxDepth: 500 });
    expect(deeper.encode(deeper.decode(nested(500)))).toBe(nested(500));
    expect(() => deeper.decode(nested(501))).toThrow(/at most 500 levels/);
    expect(() => deeper.encode({ event: 'say', data: JSON.parse(nested(500)) })).toThrow(
      'at most 500 levels of arrays and objects are expected, the message has more',
    );
  });

  it.each([0, 1, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '100', null])(
    'is not made for a depth of %p',
    (maxDepth) => {
      expect(() => createJsonCodec({ maxDepth: maxDepth as number })).toThrow(
        /^Cannot make codec: maxDepth expects a whole number, 2 or more, current value is /,
      );
    },
  );

  it('drops __proto__ keys at every depth, escaped or not, so that no copy inherits from them', () => {
    for (const key of ['__proto__', '\\u005f_proto__', '__prot\\u006F__']) {
      const text = `{"event":"say","data":{"a":[{"${key}":{"admin":true}}],"${key}":{"admin":true}}}`;
      const data = jsonCodec.decode(text).data as { a: object[] };
      expect((Object.assign({}, data) as { admin?: boolean }).admin).toBeUndefined();
      expect((Object.assign({}, data.a[0]) as { admin?: boolean }).admin).toBeUndefined();
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('finds no event in the prototype a message asks for', () => {
    expect(refusal('{"__proto__":{"event":"say"}}').code).toBe('BAD_ENVELOPE');
  });

  it('keeps a value that only mentions __proto__', () => {
    expect(decode({ event: 'say', data: '__proto__' }).data).toBe('__proto__');
  });

  it('takes __proto__ and constructor as plain event names', () => {
    expect(decode({ event: '__proto__' }).event).toBe('__proto__');
    expect(decode({ event: 'constructor' }).event).toBe('constructor');
  });
});

describe('the JSON codec, encoding', () => {
  it('writes the fields in one order, whatever order they came in', () => {
    const envelope = { complete: true, id: 7, data: 1, event: 'say' };
    expect(jsonCodec.encode(envelope)).toBe('{"event":"say","data":1,"id":7,"complete":true}');
  });

  it('leaves undefined fields out and keeps null', () => {
    expect(jsonCodec.encode({ event: 'say', data: undefined })).toBe('{"event":"say"}');
    expect(jsonCodec.encode({ event: 'say', data: null })).toBe('{"event":"say","data":null}');
  });
});

describe('a JSON codec with a replacer', () => {
  const codec = createJsonCodec({
    replacer: (_key, value) => {
      if (typeof value === 'bigint') return String(value);
      if (value instanceof Map) return Object.fromEntries(value);
      return typeof value === 'string' ? value.toUpperCase() : value;
    },
  });

  it('writes what JSON has no form for, at any depth', () => {
    const data = { big: 5n, map: new Map([['a', [6n]]]) };
    expect(codec.encode({ event: 'e', data })).toBe(
      '{"event":"e","data":{"big":"5","map":{"a":["6"]}}}',
    );
    expect(codec.encode({ event: 'e', data: 7n, id: 1 })).toBe('{"event":"e","data":"7","id":1}');
    expect(() => jsonCodec.encode({ event: 'e', data })).toThrow(TypeError);
  });

  it('leaves the envelope alone and reads as the other does', () => {
    const data = { event: 'in', id: 'in' };
    expect(codec.encode({ event: 'out', data, id: 'out', complete: true })).toBe(
      '{"event":"out","data":{"event":"IN","id":"IN"},"id":"out","complete":true}',
    );
    expect(codec.encode({ event: 'out', data: undefined })).toBe('{"event":"out"}');
    expect(codec.decode('{"event":"e","data":1}')).toEqual(
      jsonCodec.decode('{"event":"e","data":1}'),
    );
    expect(() => codec.decode('{')).toThrow(WireError);
  });
});
