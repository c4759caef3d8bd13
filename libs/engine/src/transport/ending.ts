import { CloseCode } from '../protocol/close-code.js';

/** How far the end of a connection has come; see RFC 6455 7.1. */
export class Ending {
  /** No byte that still comes has a meaning. */
  deaf = false;
  /** Set when a paused connection is closed: what comes before the peer's Close frame is discarded. */
  muted = false;
  closeSent = false;
  closeSeen = false;
  /** Failed (RFC 6455 7.1.7), by either side's fault. */
  failed = false;
  /** The socket is ended as soon as the queue is empty. */
  socketEnds = false;
  /** The peer's status code, or why we failed the connection. */
  code: number = CloseCode.Abnormal;
  reason = '';

  /** Whether both Close frames were exchanged. */
  get wasClean(): boolean {
    return this.closeSent && this.closeSeen;
  }
}
