import type { Http2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';

/** RFC 9113 7. */
export const Http2Code = { NoError: 0x0, RefusedStream: 0x7, Cancel: 0x8 } as const;

/** Whether a connection runs on one stream of a session of HTTP/2 (RFC 8441). The class is not exported by Node. */
export function isHttp2Stream(socket: Duplex): socket is Http2Stream {
  return 'rstCode' in socket && 'sentHeaders' in socket;
}

/** Gives up a connection: TCP is reset by it, and where it is one stream of many, that stream (RFC 8441 5). */
export function abandonSocket(socket: Duplex): void {
  // A stream that has ended on both sides is closed already; another is told CANCEL instead of NO_ERROR.
  if (isHttp2Stream(socket) && !socket.destroyed && !socket.closed) socket.close(Http2Code.Cancel);
  socket.destroy();
}

/** Address of the other end, '' when it is unknown or gone. */
export function peerAddressOf(socket: Duplex): string {
  const { remoteAddress } = isHttp2Stream(socket) ? sessionSocket(socket) : Object(socket);
  return typeof remoteAddress === 'string' ? remoteAddress : '';
}

/** Whether it is encrypted, as far as this process can see. */
export function isEncrypted(socket: Duplex): boolean {
  return isHttp2Stream(socket)
    ? socket.session?.encrypted === true
    : Reflect.get(socket, 'encrypted') === true;
}

/** Node's stand-in for it throws when the session is gone. */
function sessionSocket({ session }: Http2Stream): { remoteAddress?: string | undefined } {
  return session === undefined || session.destroyed ? {} : session.socket;
}
