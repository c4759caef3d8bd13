import { describe, expect, it } from '@jest/globals';
import { extension } from './extension.js';
import { subprotocol } from './subprotocol.js';

describe('extension', () => {
  it('reads offers by name, each parameter with all its values', () => {
    const offers = extension.parse('foo; a; b=1; b="2", bar, foo; __proto__=x');
    expect(JSON.parse(JSON.stringify(offers))).toEqual({
      foo: [{ a: [true], b: ['1', '2'] }, JSON.parse('{"__proto__":["x"]}')],
      bar: [{}],
    });
  });

  it.each(['', 'foo;', 'foo;bar=', 'foo bar', 'foo;bar="ä"'])('throws for %j', (header) => {
    expect(() => extension.parse(header)).toThrow(SyntaxError);
  });

  it('writes what it reads', () => {
    const header = 'foo; a; b=1; b=2, foo, bar; c=x';
    expect(extension.format(extension.parse(header))).toBe(header);
    expect(extension.format({ foo: { bits: 15, on: true } })).toBe('foo; bits=15; on');
  });
});

describe('subprotocol', () => {
  it('reads names in their order', () => {
    expect([...subprotocol.parse('b,\ta , c')]).toEqual(['b', 'a', 'c']);
  });

  it.each(['', 'a b', 'a,a', 'a;'])('throws for %j', (header) => {
    expect(() => subprotocol.parse(header)).toThrow(SyntaxError);
  });
});
