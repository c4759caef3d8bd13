import { describe, expect, it } from '@jest/globals';
import { parseRequestTarget } from './request-target.js';

describe('parseRequestTarget', () => {
  it.each([
    ['/', '/', ''],
    ['/chat', '/chat', ''],
    ['/chat?', '/chat', ''],
    ['/chat?a=1?b=2', '/chat', 'a=1?b=2'],
    ['/%2e%2e/a%20b?q=%23', '/%2e%2e/a%20b', 'q=%23'],
    ['//host/path', '//host/path', ''],
    ['/a/../b', '/a/../b', ''],
    ['http://example.com/chat?a=1', '/chat', 'a=1'],
    ['WSS://example.com:8443/chat', '/chat', ''],
    ['https://example.com', '/', ''],
    ['http://example.com?a=1', '/', 'a=1'],
    ['ws://[::1]:80/x', '/x', ''],
  ])('splits %s', (target, path, query) => {
    expect(parseRequestTarget(target)).toEqual({ path, query });
  });

  it.each([
    undefined,
    '',
    '*',
    '#',
    '/a#b',
    '/a?b#c',
    'http://example.com/#a',
    'example.com:443',
    'chat',
    '?a=1',
    'http:///path',
    'http:/path',
    'ftp://example.com/',
  ])('refuses %s', (target) => {
    expect(parseRequestTarget(target)).toBeNull();
  });
});
