import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { checkRefusal, type CheckedRefusal } from '../handshake/checked-refusal.js';
import { refusal, type Refusal } from '../handshake/refusal.js';
import { WheelTimer } from '../runtime/timer-wheel.js';
import { abandonSocket, Http2Code, isHttp2Stream } from '../sending/http2-stream.js';
import { respond } from './http2-response.js';

export type { Refusal } from '../handshake/refusal.js';

/** Milliseconds a refused client may keep its side open before the socket is destroyed. */
const LINGER = 5_000;

class LingerTimer extends WheelTimer {
  constructor(private readonly socket: Duplex) {
    super();
  }

  protected override expired(): void {
    abandonSocket(this.socket);
  }
}

/**
 * Answers an upgrade with an HTTP error and ends the connection (RFC 6455 4.2.2), or the stream it came by.
 * What the client sends after its request is read and thrown away, never parsed: closing with unread bytes
 * would make TCP reset the connection, and the client would lose the answer.
 * @throws {UsageError} as `checkRefusal` does. Nothing is written then.
 */
export function refuseUpgrade(socket: Duplex, status: number, options: Refusal = {}): void {
  const overHttp2 = isHttp2Stream(socket);
  const response = overHttp2 ? checkRefusal(status, options) : refusal(status, options);
  if (socket.destroyed || !socket.writable) {
    abandonSocket(socket);
    return;
  }
  if (typeof response === 'string') socket.end(response, 'latin1');
  else refuseStream(socket as ServerHttp2Stream, status, response);
  linger(socket, LINGER);
}

function refuseStream(
  stream: ServerHttp2Stream,
  status: number,
  { fields, contentType, body }: CheckedRefusal,
): void {
  if (stream.headersSent) {
    abandonSocket(stream);
    return;
  }
  // The answer is whole: the client is told to send nothing more (RFC 9113 8.1).
  stream.once('finish', () => stream.close(Http2Code.NoError));
  if (body === null) {
    respond(stream, status, fields, true);
    return;
  }
  const length = String(body.length);
  respond(
    stream,
    status,
    [...fields, ['content-type', contentType], ['content-length', length]],
    false,
  );
  stream.end(body);
}

/** Reads on and throws away what comes, until the client has left; its socket is destroyed after `time` milliseconds. */
export function linger(socket: Duplex, time: number): void {
  if (socket.listenerCount('error') === 0) socket.on('error', () => abandonSocket(socket));
  const timer = new LingerTimer(socket);
  socket.once('close', () => timer.stop());
  timer.start(time);
  socket.resume();
}
