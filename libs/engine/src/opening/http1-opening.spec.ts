import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { Http1Opening } from './http1-opening.js';

const HANDSHAKE = {
  key: 'dGhlIHNhbXBsZSBub25jZQ==',
  version: 13,
  protocols: ['a'],
  extensions: [],
  origin: 'https://example.org',
  path: '/chat',
  query: 'room=1',
};

function requestOf(headers: Record<string, string>, socket = new Socket()): IncomingMessage {
  const request = new IncomingMessage(socket);
  request.url = '/chat?room=1';
  Object.assign(request.headers, headers);
  return request;
}

describe('the facts of an opening by HTTP/1.1', () => {
  it('are what was read of the request, and what stands in it', () => {
    const request = requestOf({ host: 'example.org:8080', cookie: 'sid=1; theme=dark' });
    const opening = new Http1Opening(request, request.socket, HANDSHAKE);
    expect(opening).toMatchObject(HANDSHAKE);
    expect(opening.request).toBe(request);
    expect(opening.headers).toBe(request.headers);
    expect([opening.url, opening.host]).toEqual(['/chat?room=1', 'example.org:8080']);
    expect({ ...opening.cookies }).toEqual({ sid: '1', theme: 'dark' });
  });

  it('know TLS by the socket the request came by', () => {
    const plain = new PassThrough();
    const tls = Object.assign(new PassThrough(), { encrypted: true });
    const secure = [plain, tls].map(
      (socket) => new Http1Opening(requestOf({}), socket, HANDSHAKE).secure,
    );
    expect(secure).toEqual([false, true]);
  });

  it('ask for the address of the peer when it is needed, and not before', () => {
    const socket = new Socket();
    const address = jest.fn(() => '192.0.2.1');
    Object.defineProperty(socket, 'remoteAddress', { get: address });
    const opening = new Http1Opening(requestOf({}, socket), socket, HANDSHAKE);
    expect(address).not.toHaveBeenCalled();
    expect(opening.peerAddress).toBe('192.0.2.1');
    expect(new Http1Opening(requestOf({}), socket, HANDSHAKE).peerAddress).toBe('');
  });
});
