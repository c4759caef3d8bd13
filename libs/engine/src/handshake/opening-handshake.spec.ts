import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { ClientOffer, HandshakeHead, ServerHandshake } from './opening-handshake.js';
import { readServerHandshake } from './server-handshake.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const HEADERS = {
  host: 'example.org',
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-key': KEY,
  'sec-websocket-version': '13',
};

/** A head by hand, without a socket. */
const byHand: HandshakeHead = {
  method: 'GET',
  httpVersionMajor: 1,
  httpVersionMinor: 1,
  url: '/chat?room=1',
  headers: HEADERS,
  rawHeaders: Object.entries(HEADERS).flat(),
};

describe('HandshakeHead', () => {
  it('is types alone: nothing of it is loaded when a program runs', async () => {
    expect(Object.keys(await import('./opening-handshake.js'))).toEqual([]);
  });

  it('is what an http.IncomingMessage has, and what a test can write by hand', () => {
    const request = new IncomingMessage(new Socket());
    const head: HandshakeHead = Object.assign(request, byHand);
    const handshake = readServerHandshake(byHand) as ServerHandshake;
    expect(readServerHandshake(head)).toEqual(handshake);
    expect(handshake).toMatchObject({ key: KEY, version: 13, path: '/chat', query: 'room=1' });
  });

  it('is only read', () => {
    const frozen = Object.freeze({ ...byHand, headers: Object.freeze({ ...HEADERS }) });
    expect(readServerHandshake(frozen)).toEqual(readServerHandshake(byHand));
  });
});

describe('ServerHandshake', () => {
  it('is an offer, which any version of HTTP may carry, with the key that HTTP/1.1 adds', () => {
    const { version, protocols, extensions, origin, ...rest } = readServerHandshake(
      byHand,
    ) as ServerHandshake;
    const offer: ClientOffer = { version, protocols, extensions, origin };
    expect(offer).toEqual({ version: 13, protocols: [], extensions: [], origin: undefined });
    expect(Object.keys(rest).sort()).toEqual(['key', 'path', 'query']);
  });
});
