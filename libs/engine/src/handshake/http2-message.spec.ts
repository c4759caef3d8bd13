import { Duplex } from 'node:stream';
import type { Http2Stream } from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import { Http2Message } from './http2-message.js';

const socket = new Duplex();
// The part of a stream that is looked at.
const stream = { session: { socket } } as unknown as Http2Stream;

describe('the head of a message of HTTP/2', () => {
  it('has headers without pseudo-headers, as sent and parsed', () => {
    const message = new Http2Message(stream, { ':path': '/', cookie: 'a=1', accept: 'b' }, [
      ':path',
      '/',
      'cookie',
      'a=1',
      'Accept',
      'b',
      'odd',
    ]);
    expect(message.headers).toEqual({ cookie: 'a=1', accept: 'b' });
    expect(message.rawHeaders).toEqual(['cookie', 'a=1', 'Accept', 'b']);
    expect([message.httpVersion, message.complete]).toEqual(['2.0', true]);
    expect(new Http2Message(stream, {}).rawHeaders).toEqual([]);
  });

  it('has nothing to be read, and leaves the socket of the session alone when destroyed', async () => {
    const message = new Http2Message(stream, {});
    const ended = new Promise((resolve) => message.once('end', resolve));
    message.resume();
    await ended;
    message._read();
    message.destroy();
    expect([message.destroyed, socket.destroyed]).toEqual([true, false]);
  });
});
