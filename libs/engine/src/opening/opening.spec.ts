import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { Opening } from './opening.js';

/** The facts as another version of HTTP would bring them: nothing here knows a socket. */
const facts: Opening = {
  key: '',
  version: 13,
  protocols: ['chat'],
  extensions: [],
  origin: undefined,
  path: '/',
  query: '',
  request: new IncomingMessage(new Socket()),
  url: '/',
  headers: {},
  host: 'example.org',
  cookies: {},
  secure: true,
  peerAddress: '',
};

describe('Opening', () => {
  it('is types alone: nothing of it is loaded when a program runs', async () => {
    expect(Object.keys(await import('./opening.js'))).toEqual([]);
  });

  it('has facts that nobody changes: a check cannot alter what the next one goes by', () => {
    const opening: Opening = Object.freeze({ ...facts });
    // @ts-expect-error: read-only for TypeScript, too.
    expect(() => (opening.path = '/other')).toThrow(TypeError);
    expect(opening.path).toBe('/');
  });

  it('may be of a version of HTTP without a key, and without an address (RFC 8441 5)', () => {
    const { key, peerAddress }: Opening = facts;
    expect([key, peerAddress]).toEqual(['', '']);
  });
});
