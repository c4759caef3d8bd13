import type { IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { readHttp2Handshake } from './http2-handshake.js';
import type { Opening } from './opening.js';
import { readServerHandshake } from '../handshake/server-handshake.js';
import { HandshakeError } from '../protocol/errors.js';
import { isHttp2Stream } from '../sending/http2-stream.js';
import { Http1Answer } from './http1-answer.js';
import { Http1Opening } from './http1-opening.js';
import { Http2Answer } from './http2-answer.js';
import { Http2Opening } from './http2-opening.js';
import { Http2Request } from './http2-request.js';
import type { UpgradeAnswer } from './upgrade-answer.js';

/** What an upgrade says, or what is wrong with it, and how it is answered. */
interface ReadOpening {
  readonly opening: Opening | HandshakeError;
  readonly answer: UpgradeAnswer;
}

/** Reads an upgrade of the version of HTTP it came by: behind this nothing asks for it any more. */
export function readOpening(
  request: IncomingMessage,
  socket: Duplex,
  versions?: readonly number[],
): ReadOpening {
  const options = versions ? { versions } : {};
  if (isHttp2Stream(socket)) {
    const stream = socket as ServerHttp2Stream;
    const connect = Http2Request.of(request, stream);
    const handshake = readHttp2Handshake(connect, options);
    return {
      opening:
        handshake instanceof HandshakeError ? handshake : new Http2Opening(connect, handshake),
      answer: new Http2Answer(stream),
    };
  }
  const handshake = readServerHandshake(request, options);
  return {
    opening:
      handshake instanceof HandshakeError
        ? handshake
        : new Http1Opening(request, socket, handshake),
    answer: new Http1Answer(socket),
  };
}
