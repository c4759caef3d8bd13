import type { LimitError, ProtocolError } from './errors.js';

/**
 * Told what the peer sent, each call complete and validated. Payloads belong to the sink, except those of
 * pings and pongs.
 */
export interface ProtocolSink {
  /** @returns whether the sink keeps the payload; one that it does not serves another message */
  textReceived(payload: Buffer, ascii: boolean): boolean;
  /** The same for a message that is `chunk[start, end)`, valid only during the call. */
  textInChunk(chunk: Buffer, start: number, end: number, ascii: boolean): void;
  binaryReceived(payload: Buffer): void;
  /** @param payload only valid during the call */
  pingReceived(payload: Buffer): void;
  /** @param payload only valid during the call */
  pongReceived(payload: Buffer): void;
  /**
   * With `handOutFrames`: each frame as it came, unmasked, before a control frame is also reported as
   * usual. Data frames are reported here alone.
   */
  frameReceived?(fin: boolean, rsv: number, opcode: number, payload: Buffer): void;
  /** A Close frame: the last thing this peer can say. `code` is 1005 when it carried none. */
  closeReceived(code: number, reason: string): void;
  /** The peer broke a rule; nothing after it is parsed. The connection is to be failed (7.1.7). */
  violated(error: ProtocolError | LimitError): void;
}

/** Whom a parser reports to that serves nobody: it must not keep a closed connection alive. */
export const NOBODY: ProtocolSink = {
  textReceived: () => false,
  textInChunk() {},
  binaryReceived() {},
  pingReceived() {},
  pongReceived() {},
  closeReceived() {},
  violated() {},
};
