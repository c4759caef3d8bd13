import { describe, expect, it } from '@jest/globals';
import {
  applicationHeaders,
  isSameServer,
  urlCredentials,
  withoutCredentials,
} from './request-headers.js';
import { readTarget } from './target.js';

const plain = (headers: object): object => ({ ...headers });

describe("an application's headers", () => {
  it('are kept as they are, numbers as text', () => {
    const given = { 'X-One': 'a', 'X-Two': ['b', 'c'], 'X-Three': 3 };
    expect(plain(applicationHeaders(given, undefined, false))).toEqual({
      'X-One': 'a',
      'X-Two': ['b', 'c'],
      'X-Three': '3',
    });
  });

  it('cannot replace what makes the handshake one', () => {
    const given = {
      connection: 'close',
      Upgrade: 'h2c',
      'SEC-WEBSOCKET-KEY': 'mine',
      'sec-websocket-version': '7',
    };
    expect(plain(applicationHeaders(given, undefined, false))).toEqual({});
  });

  it('give way to the option origin', () => {
    const given = { Origin: 'http://a', 'sec-websocket-origin': 'http://b' };
    expect(plain(applicationHeaders(given, undefined, true))).toEqual({});
    expect(plain(applicationHeaders(given, undefined, false))).toEqual(given);
  });

  it('get Basic credentials, unless they have some', () => {
    expect(plain(applicationHeaders({}, 'user:pass', false))).toEqual({
      Authorization: 'Basic dXNlcjpwYXNz',
    });
    expect(plain(applicationHeaders({ authorization: 'Bearer x' }, 'user:pass', false))).toEqual({
      authorization: 'Bearer x',
    });
  });

  it('may be called __proto__ without touching a prototype', () => {
    const given = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    const headers = applicationHeaders(given, undefined, false);
    expect(Object.keys(headers)).toEqual(['__proto__']);
    expect(Object.keys(withoutCredentials(headers))).toEqual(['__proto__']);
  });
});

describe('credentials of a URL', () => {
  it.each([
    ['ws://example.com', undefined],
    ['ws://user@example.com', 'user:'],
    ['ws://:pass@example.com', ':pass'],
    ['ws://us%40er:p%3Ass@example.com', 'us@er:p:ss'],
    ['ws://100%:x@example.com', '100%:x'],
  ])('of %s are %s', (url, credentials) => {
    expect(urlCredentials(new URL(url))).toBe(credentials);
  });
});

describe('headers for another server', () => {
  it('lack what was meant for one alone', () => {
    const headers = {
      Authorization: 'a',
      COOKIE: 'b',
      host: 'c',
      'Proxy-Authorization': 'd',
      'X-Kept': 'e',
    };
    expect(plain(withoutCredentials(headers))).toEqual({ 'X-Kept': 'e' });
  });

  it.each([
    ['ws://a/', 'ws://a:80/x', true],
    ['ws://a/', 'ws://b/', false],
    ['ws://a/', 'ws://a:81/', false],
    ['ws://a/', 'wss://a/', false],
    ['wss://a/', 'ws://a:443/', false],
    ['wss://a/', 'wss://a:443/y', true],
    ['ws+unix:/s:/x', 'ws+unix:/s:/y', true],
    ['ws+unix:/s:/x', 'ws+unix:/t:/x', false],
  ])('from %s to %s: the same server is %s', (one, other, same) => {
    expect(isSameServer(readTarget(one), readTarget(other))).toBe(same);
  });
});
