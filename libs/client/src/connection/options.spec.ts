import { afterEach, describe, expect, it } from '@jest/globals';
import { resolveOptions } from './resolve-options.js';
import { socketUrl, withQuery } from './socket-url.js';

const bad = (options: object): string => {
  try {
    resolveOptions(options);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the options of a client', () => {
  it.each([
    ['conectTimeout', 'connectTimeout'],
    ['tokens', 'token'],
    ['websocket', 'WebSocket'],
    ['__proto__x', 'protocols'],
  ])('has no %s, but %s', (name, nearest) => {
    expect(bad({ [name]: 1 })).toContain(`did you mean ${nearest}?`);
  });

  it.each([
    { token: 'secret' },
    { pingInterval: '25' },
    { pingInterval: -1 },
    { pingInterval: NaN },
    { pingInterval: Infinity },
    { pingInterval: 2 ** 31 },
    { backoff: 7 },
    { backoff: { first: 'x' } },
    { backoff: { frist: 1 } },
    { queue: null },
    { protocols: 'chat' },
    { idempotent: 1 },
    { codec: 'json' },
  ])('refuses %j', (options) => {
    expect(bad(options)).not.toBe('');
  });

  it('fills in what is left out, of nested ones, too', () => {
    expect(resolveOptions({ backoff: { most: 1 }, queue: undefined })).toMatchObject({
      backoff: { first: 500, factor: 2, most: 1 },
      queue: { most: 100, age: 30_000 },
      callTimeout: 10_000,
    });
  });
});

describe('the address of a socket', () => {
  const page = globalThis as { document?: unknown; location?: unknown };
  afterEach(() => {
    delete page.document;
    delete page.location;
  });

  it.each([
    ['ws://a/b', 'ws://a/b'],
    ['https://a/b?c=d#e', 'wss://a/b?c=d'],
    ['HTTP://a', 'ws://a'],
  ])('of %s is %s', (given, url) => {
    expect(socketUrl(given)).toBe(url);
    expect(socketUrl(new URL(given)).replace(/\/$/, '')).toBe(url);
  });

  it('may be relative to the page, or to the script of a worker', () => {
    page.location = { href: 'https://host/app/worker.js' };
    expect(socketUrl('board')).toBe('wss://host/app/board');
    page.document = { baseURI: 'http://other/base/' };
    expect(socketUrl('/board')).toBe('ws://other/board');
  });

  it('is an error where it cannot be one', () => {
    expect(() => socketUrl('/board')).toThrow();
    expect(() => socketUrl('ftp://a')).toThrow();
    expect(() => socketUrl('')).toThrow();
  });

  it('takes parameters', () => {
    expect(withQuery('ws://a', { b: '&=?', c: 1, d: undefined })).toBe('ws://a?b=%26%3D%3F&c=1');
    expect(withQuery('ws://a?x=1', { b: true })).toBe('ws://a?x=1&b=true');
    expect(withQuery('ws://a?x=1', {})).toBe('ws://a?x=1');
  });
});
