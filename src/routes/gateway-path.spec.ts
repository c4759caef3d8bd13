import { describe, expect, it } from '@jest/globals';
import { joinPath, GatewayPath, pathOf } from './gateway-path.js';

function shape(pattern: string): string {
  return new GatewayPath(pattern).shape;
}

const matches = (path: GatewayPath, target: string): boolean => path.match(target) !== null;
const params = (path: GatewayPath, target: string) => path.match(target)!.params();

describe('GatewayPath', () => {
  it.each([
    [['', '/chat'], '/chat'],
    [['api', 'chat/'], '/api/chat'],
    [['/api/', '/v1/chat'], '/api/v1/chat'],
    [['', '/'], '/'],
    [['', ''], '/'],
    [['/api', ''], '/api'],
  ])('joins %j to %s', (parts, pattern) => {
    expect(new GatewayPath(joinPath(...parts)).pattern).toBe(pattern);
  });

  it('matches in any case and with one trailing slash, and nothing longer or shorter', () => {
    const path = new GatewayPath('/chat/:room');
    for (const good of ['/chat/a', '/CHAT/a', '/chat/a/', '/chat/%2F']) {
      expect(matches(path, good)).toBe(true);
    }
    for (const bad of ['/chat', '/chat/', '/chat/a/b', '/x/chat/a', '/chat/a//']) {
      expect(matches(path, bad)).toBe(false);
    }
  });

  it('decodes parameters after matching, in a record without prototype', () => {
    const found = params(new GatewayPath('/:a/*rest'), '/x%2Fy/1%20/2');
    expect(found).toEqual({ a: 'x/y', rest: ['1 ', '2'] });
    expect(params(new GatewayPath('/*rest'), '/1%2F2/3')).toEqual({ rest: ['1/2', '3'] });
    expect(params(new GatewayPath('/*rest'), '/one')).toEqual({ rest: ['one'] });
    expect(Object.getPrototypeOf(found)).toBeNull();
  });

  it('leaves out an optional parameter that is absent', () => {
    const path = new GatewayPath('/a{/:b}');
    expect(params(path, '/a')).toEqual({});
    expect(params(path, '/a/1')).toEqual({ b: '1' });
  });

  it.each(['/%', '/%zz', '/%E0%A4%A', '/%C3%28'])('gives null for the malformed %s', (target) => {
    expect(params(new GatewayPath('/:a'), target)).toBeNull();
  });

  it('has one shape for patterns that differ in the names of parameters only', () => {
    expect(shape('/a/:id')).toBe(shape('/A/:"any name"'));
    expect(shape('/a/:id')).not.toBe(shape('/a/*id'));
    expect(shape('/a/:id/b')).not.toBe(shape('/a/:id/c'));
  });

  it('refuses a pattern that does not parse, naming it', () => {
    expect(() => new GatewayPath('/chat/:')).toThrow(
      'Cannot parse gateway path: current value is "/chat/:"',
    );
    expect(() => new GatewayPath('/chat/(x')).toThrow('current value is "/chat/(x"');
  });
});

describe('pathOf', () => {
  it.each([
    ['http://host?y=/private/r', '/'],
    ['http://host#/private/r', '/'],
    ['http://host/a?y=/private/r', '/a'],
    ['/chat', '/chat'],
    ['/chat?x=/y', '/chat'],
    ['/chat#x', '/chat'],
    ['http://host/chat?x', '/chat'],
    ['http://host', '/'],
    ['*', '*'],
    ['', ''],
  ])('of %j is %j', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});
