import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * PRIVATE to Node: the response an HTTP server is writing to a socket, null when there is none. A client
 * may send an upgrade behind a request that is not answered yet, and Node hands over the socket while it
 * goes on to write the answer to it. Where the property is not there, nothing is found.
 */
interface HttpSocket extends Duplex {
  readonly _httpMessage?: { readonly req?: IncomingMessage | null } | null;
}

/**
 * Whether an earlier request on this connection still waits for its answer (RFC 9112 9.3.2). A response
 * that was made for the upgrade itself is none: frameworks route upgrades with one.
 */
export function hasUnanswered(socket: Duplex, upgrade: IncomingMessage): boolean {
  const earlier = (socket as HttpSocket)._httpMessage?.req ?? null;
  return earlier !== null && earlier !== upgrade && !isUpgrade(earlier);
}

/** Nothing is parsed behind an upgrade, so it is the same one, wrapped or rebuilt. */
function isUpgrade(request: IncomingMessage & { upgrade?: boolean | null }): boolean {
  return request.upgrade === true;
}

/** There is no place for an answer: before the other one it would be taken for that. */
export function dropUpgrade(socket: Duplex): void {
  socket.on('error', ignoreError);
  socket.destroy();
}

function ignoreError(): void {
  // It is destroyed.
}
