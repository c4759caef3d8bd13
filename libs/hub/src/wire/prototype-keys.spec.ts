import { describe, expect, it } from '@jest/globals';
import { dropPrototypeKeys, maySetPrototype } from './prototype-keys.js';

describe('dropPrototypeKeys', () => {
  it('removes own __proto__ keys and leaves everything else alone', () => {
    const value: unknown = JSON.parse(
      '{"a":{"__proto__":1,"b":[{"__proto__":{},"c":1}]},"d":null}',
    );
    dropPrototypeKeys(value);
    expect(JSON.stringify(value)).toBe('{"a":{"b":[{"c":1}]},"d":null}');
  });

  it.each([[null], [1], ['text'], [undefined]])('leaves %j alone', (value) => {
    expect(() => dropPrototypeKeys(value)).not.toThrow();
  });
});

describe('maySetPrototype', () => {
  it('suspects the key and every way to escape a letter of it', () => {
    expect(maySetPrototype('{"__proto__":1}')).toBe(true);
    expect(maySetPrototype('{"\\u005f_proto__":1}')).toBe(true);
    expect(maySetPrototype('{"prototype":1}')).toBe(false);
  });
});
