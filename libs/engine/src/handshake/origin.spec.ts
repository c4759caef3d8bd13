import { describe, expect, it } from '@jest/globals';
import { normalizeOrigin, originAllowed, type OriginPolicy } from './origin.js';

describe('normalizeOrigin', () => {
  it.each([
    ['https://example.com', 'https://example.com'],
    ['HTTPS://Example.COM', 'https://example.com'],
    ['https://example.com:443', 'https://example.com'],
    ['http://example.com:80', 'http://example.com'],
    ['http://example.com:443', 'http://example.com:443'],
    ['https://example.com:0443', 'https://example.com'],
    ['https://example.com:65535', 'https://example.com:65535'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['chrome-extension://abcdef', 'chrome-extension://abcdef'],
  ])('writes %s as %s', (origin, normal) => {
    expect(normalizeOrigin(origin)).toBe(normal);
  });

  it.each([
    '',
    'null',
    'file://',
    'example.com',
    '//example.com',
    'https://',
    'https://example.com/',
    'https://example.com/path',
    'https://example.com?a',
    'https://example.com#a',
    'https://user@example.com',
    'https://user:pw@example.com',
    'https://example.com:',
    'https://example.com:65536',
    'https://example.com:port',
    'https://a.example, https://b.example',
    'https://a.example https://b.example',
    ' https://example.com',
    'https://example.com\\evil',
    'https://example.com\n',
    'https://ex\u00e4mple.com',
    'https://\u212A.example',
    'https://*',
    'https://*.example.com',
  ])('takes %j for no origin', (origin) => {
    expect(normalizeOrigin(origin)).toBeNull();
  });
});

describe('originAllowed', () => {
  const policy: OriginPolicy = { host: 'example.com', secure: true, hasCookies: true };

  describe('without a list, with cookies', () => {
    it.each([
      ['https://example.com', 'example.com', true],
      ['https://EXAMPLE.com', 'Example.Com', true],
      ['https://example.com', 'example.com:443', true],
      ['https://example.com:8443', 'example.com:8443', true],
      ['http://example.com', 'example.com:80', false],
      ['http://localhost:3000', 'localhost:3000', false],
      ['http://[::1]:3000', '[::1]:3000', false],
    ])('lets in %s, which is the origin of host %s', (origin, host, secure) => {
      expect(originAllowed(origin, { ...policy, host, secure })).toBe(true);
    });

    it.each([
      ['another host', 'https://evil.example'],
      ['a suffix', 'https://example.com.evil.example'],
      ['a longer name', 'https://evilexample.com'],
      ['a subdomain', 'https://sub.example.com'],
      ['a parent', 'https://com'],
      ['a trailing dot', 'https://example.com.'],
      ['another scheme', 'http://example.com'],
      ['a scheme of WebSocket', 'wss://example.com'],
      ['another port', 'https://example.com:8443'],
      ['a user in front', 'https://example.com@evil.example'],
      ['a path', 'https://evil.example/https://example.com'],
      ['two origins', 'https://example.com, https://evil.example'],
      ['the same origin twice', 'https://example.com, https://example.com'],
      ['an opaque origin', 'null'],
      ['an empty one', ''],
      ['a host alone', 'example.com'],
    ])('refuses %s', (_what, origin) => {
      expect(originAllowed(origin, policy)).toBe(false);
    });

    it('refuses the origin of TLS on a connection without, and the reverse', () => {
      expect(originAllowed('https://example.com', { ...policy, secure: false })).toBe(false);
      expect(originAllowed('http://example.com', { ...policy, secure: true })).toBe(false);
    });

    it.each([
      ['https://example.com', 'example.com', true],
      ['http://example.com', 'example.com', true],
      ['https://example.com', 'example.com:443', true],
      ['http://example.com', 'example.com:443', false],
      ['https://example.com', 'example.com:80', false],
      ['https://example.com:8443', 'example.com:8443', true],
      ['https://example.com', 'example.com:8443', false],
      ['https://example.com:8443', 'example.com', false],
      ['https://evil.example', 'example.com', false],
      ['wss://example.com', 'example.com', false],
      ['capacitor://example.com', 'example.com', false],
      ['null', 'example.com', false],
      ['null', 'null', false],
    ])('compares host and port of %s with %s where the scheme is not known', (origin, host, ok) => {
      expect(originAllowed(origin, { ...policy, host, secure: undefined })).toBe(ok);
    });

    it.each([undefined, '', 'example.com, evil.example', 'example.com/', 'a@example.com'])(
      'refuses everything when the host is %j',
      (host) => {
        for (const origin of ['https://example.com', 'https://evil.example', 'null', 'https://']) {
          expect(originAllowed(origin, { ...policy, host })).toBe(false);
        }
      },
    );
  });

  describe('without a list, without cookies', () => {
    it.each(['https://evil.example', 'null', undefined])('lets in %s', (origin) => {
      expect(originAllowed(origin, { ...policy, hasCookies: false })).toBe(true);
    });
  });

  describe('without an origin', () => {
    it.each([undefined, [], ['https://example.com']])(
      'lets in who is no page, cookies or not, whatever the list (%j)',
      (allowedOrigins) => {
        const given = { ...policy, ...(allowedOrigins ? { allowedOrigins } : {}) };
        expect(originAllowed(undefined, { ...given, hasCookies: false })).toBe(true);
        expect(originAllowed(undefined, { ...given, hasCookies: true })).toBe(true);
      },
    );
  });

  describe.each([true, false])('with a list, cookies: %s', (hasCookies) => {
    const allowedOrigins = [
      'https://app.example',
      'HTTP://Dev.example:8080',
      'capacitor://localhost',
    ];
    const listed: OriginPolicy = { ...policy, hasCookies, allowedOrigins };

    it.each([
      'https://app.example',
      'https://app.example:443',
      'http://dev.example:8080',
      'capacitor://localhost',
    ])('lets in %s', (origin) => {
      expect(originAllowed(origin, listed)).toBe(true);
    });

    it.each([
      'https://example.com',
      'http://app.example',
      'https://app.example:8443',
      'https://app.example.evil.example',
      'https://xapp.example',
      'https://sub.app.example',
      'http://dev.example',
      'null',
      '',
    ])('refuses %j, the own origin included', (origin) => {
      expect(originAllowed(origin, listed)).toBe(false);
    });

    it('lets an entry that is no origin match nothing', () => {
      const odd = {
        ...listed,
        allowedOrigins: ['null', 'app.example', '', 'https://app.example/'],
      };
      for (const origin of ['null', '*', 'https://*', 'app.example', '', 'https://app.example']) {
        expect(originAllowed(origin, odd)).toBe(false);
      }
    });

    it('refuses everything when the list is empty', () => {
      expect(originAllowed('https://example.com', { ...listed, allowedOrigins: [] })).toBe(false);
    });
  });
});
