import { describe, expect, it } from '@jest/globals';
import { readRedirect, readTarget, serverName } from './target.js';

describe('the address of a server', () => {
  it('is a host, a port and a path with its query', () => {
    expect(readTarget('ws://example.com:8080/chat?room=1')).toMatchObject({
      secure: false,
      socketPath: null,
      host: 'example.com',
      port: 8080,
      path: '/chat?room=1',
    });
  });

  it.each([
    ['ws://example.com', 80, false],
    ['wss://example.com', 443, true],
    ['http://example.com', 80, false],
    ['https://example.com', 443, true],
    ['https://example.com:80', 80, true],
  ])('knows the port and the scheme of %s', (address, port, secure) => {
    expect(readTarget(address)).toMatchObject({ port, secure, path: '/' });
  });

  it('writes http as ws and https as wss', () => {
    expect(readTarget('http://example.com/a').url.href).toBe('ws://example.com/a');
    expect(readTarget('https://example.com/a').url.href).toBe('wss://example.com/a');
  });

  it('takes a URL, and leaves it as it was', () => {
    const url = new URL('http://example.com/');
    expect(readTarget(url).url.href).toBe('ws://example.com/');
    expect(url.href).toBe('http://example.com/');
  });

  it('takes the brackets off an IPv6 address', () => {
    expect(readTarget('ws://[::1]:9/').host).toBe('::1');
  });

  it('escapes what a path may not hold', () => {
    expect(readTarget('ws://example.com/a b').path).toBe('/a%20b');
    expect(readTarget('ws://example.com/a%23b').path).toBe('/a%23b');
  });

  it.each([
    ['ws+unix:/tmp/a.sock', '/tmp/a.sock', '/', false],
    ['ws+unix:/tmp/a.sock:/chat?x=1', '/tmp/a.sock', '/chat?x=1', false],
    ['ws+unix:///tmp/a.sock:/chat', '/tmp/a.sock', '/chat', false],
    ['wss+unix:/tmp/a.sock:/chat', '/tmp/a.sock', '/chat', true],
    ['ws+unix:./a.sock:/chat:more', './a.sock', '/chat:more', false],
  ])('reads the two paths of %s', (address, socketPath, path, secure) => {
    expect(readTarget(address)).toMatchObject({ socketPath, path, secure, host: 'localhost' });
  });

  it.each([
    [undefined, 'Invalid URL: undefined'],
    ['', 'Invalid URL: '],
    ['example.com', 'Invalid URL: example.com'],
    ['ws://', 'Invalid URL: ws://'],
    ['ws://example.com:99999', 'Invalid URL: ws://example.com:99999'],
    ['ftp://example.com', 'protocol must be one of'],
    ['ws+unix:', "The URL's pathname is empty"],
    // RFC 6455 3: fragments have no meaning here and MUST NOT be used.
    ['ws://example.com/#there', 'The URL contains a fragment identifier'],
    ['ws://example.com/#', 'The URL contains a fragment identifier'],
  ])('is a SyntaxError when it is %s', (address, message) => {
    expect(() => readTarget(address as string)).toThrow(SyntaxError);
    expect(() => readTarget(address as string)).toThrow(message);
  });
});

describe('where a redirect leads to', () => {
  const from = readTarget('wss://example.com:8443/a/b?c');

  it.each([
    ['d', 'wss://example.com:8443/a/d'],
    ['/d?e', 'wss://example.com:8443/d?e'],
    ['//other.test/', 'wss://other.test/'],
    ['https://other.test/x', 'wss://other.test/x'],
    ['ws://example.com/', 'ws://example.com/'],
  ])('is %s, seen from where it came', (location, url) => {
    expect(readRedirect(location, from).url.href).toBe(url);
  });

  it.each([
    'ws+unix:/var/run/docker.sock:/x',
    'wss+unix:/x',
    'http://[',
    'ftp://example.com',
    '#x',
  ])('is not %s', (location) => {
    expect(() => readRedirect(location, from)).toThrow(SyntaxError);
  });

  it('stays with a Unix domain socket for a path', () => {
    const local = readTarget('ws+unix:/tmp/a.sock:/chat?x');
    expect(readRedirect('/other?y', local)).toMatchObject({
      socketPath: '/tmp/a.sock',
      path: '/other?y',
    });
  });

  it.each(['ws+unix:/tmp/b.sock:/', '//tmp/b.sock', 'other'])(
    'is not %s, seen from a Unix domain socket',
    (location) => {
      const local = readTarget('ws+unix:/tmp/a.sock:/chat');
      expect(() => readRedirect(location, local)).toThrow(SyntaxError);
    },
  );
});

describe('the name sent to a TLS server', () => {
  it('is the host, unless that is an address', () => {
    expect(serverName('example.com')).toBe('example.com');
    expect(serverName('127.0.0.1')).toBe('');
    expect(serverName('::1')).toBe('');
  });
});
