import type { Duplex } from 'node:stream';

/**
 * PRIVATE to Node: the response an HTTP server is writing to a socket, null when there is none. A client
 * may send an upgrade behind a request that is not answered yet, and Node hands over the socket while it
 * goes on to write the answer to it. Where the property is not there, nothing is found.
 */
interface HttpSocket extends Duplex {
  readonly _httpMessage?: object | null;
}

/** Whether an earlier request on this connection still waits for its answer (RFC 9112 9.3.2). */
export function hasUnanswered(socket: Duplex): boolean {
  return ((socket as HttpSocket)._httpMessage ?? null) !== null;
}
