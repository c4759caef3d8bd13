import { describe, expect, it } from '@jest/globals';
import { decode } from '@msgpack/msgpack';
import { jsonCodec } from './json.codec.js';
import { loadMsgpackCodec } from './msgpack.codec.js';

const codec = await loadMsgpackCodec();
const there = (data: unknown): unknown =>
  (decode(codec.encode({ event: 'e', data }) as Uint8Array) as { data: unknown }).data;

/** As the documents of many a database do, which hide fields so. */
class Account {
  readonly name = 'Ada';
  readonly password = 'secret';

  toJSON(): object {
    return { name: this.name };
  }
}

describe('an object with toJSON', () => {
  it.each<[string, unknown]>([
    ['alone', new Account()],
    ['in lists and objects', { all: [new Account(), { one: new Account() }], none: null, n: 1 }],
    ['that is a string in the end', new URL('http://a/b')],
    ['that holds another', { toJSON: () => ({ account: new Account() }) }],
    [
      'with a field of a prototype',
      { toJSON: () => JSON.parse('{"a":{"__proto__":1}}') as object },
    ],
  ])('is the same in MessagePack as in JSON: %s', (_what, data) => {
    const json = jsonCodec.encode({ event: 'e', data }) as string;
    const { data: expected } = JSON.parse(json) as { data: unknown };
    if (json.includes('__proto__')) expect(() => there(data)).toThrow('__proto__');
    else expect(there(data)).toEqual(expected);
  });

  it('leaves dates and bytes what they are', () => {
    const date = new Date(5);
    const data = { account: new Account(), date, bytes: Buffer.from([1]), more: [date] };
    expect(there(data)).toEqual({
      account: { name: 'Ada' },
      date,
      bytes: new Uint8Array([1]),
      more: [date],
    });
  });

  it('that never ends, or throws, is an error', () => {
    const cycle: { self?: unknown; account: Account } = { account: new Account() };
    cycle.self = cycle;
    expect(() => there(cycle)).toThrow('Too deep');
    const broken = {
      toJSON: () => {
        throw new Error('broken');
      },
    };
    expect(() => there({ broken })).toThrow('broken');
    expect(there('after it')).toBe('after it');
  });
});
