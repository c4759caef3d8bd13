import type { Duplex } from 'node:stream';
import {
  applyMask,
  FrameHeader,
  fullHeaderLength,
  readHeaderRest,
  readHeaderStart,
  type SendCallback,
} from '#engine';
import { endOf, type WebSocket } from '#ws';

/**
 * `ws._sender`, as programs use it that frame a message once for many: `sendFrame` takes what
 * `Sender.frame` gave. It goes out with all else that is sent, and masked if this end has to.
 */
export class ConnectionSender {
  readonly #ws: WebSocket;

  constructor(ws: WebSocket) {
    this.#ws = ws;
  }

  get _socket(): Duplex | null {
    return endOf(this.#ws).socket;
  }

  /** Payload bytes that have not come to the socket yet. */
  get _bufferedBytes(): number {
    return Math.max(0, this.#ws.bufferedAmount - (this._socket?.writableLength ?? 0));
  }

  /**
   * Sends frames.
   * @param list their bytes, whole frames in all
   * @throws {RangeError} when the bytes end in the middle of a frame
   */
  sendFrame(list: readonly (Uint8Array | string)[], callback?: SendCallback): void {
    const end = endOf(this.#ws);
    const transport = end.connected();
    const bytes = Buffer.concat(
      list.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
    );
    if (end.readyState !== this.#ws.OPEN) {
      end.refuseSend(bytes.length, callback);
      return;
    }
    for (let at = 0; at < bytes.length;) {
      const { first, payload, next } = readFrame(bytes, at);
      transport.sendFrame(first, payload);
      at = next;
    }
    if (callback !== undefined) transport.afterSent(callback);
  }
}

function readFrame(bytes: Buffer, at: number): { first: number; payload: Buffer; next: number } {
  const header = new FrameHeader();
  const start = at + (at + 2 > bytes.length ? Infinity : fullHeaderLength(bytes[at + 1]!));
  if (start <= bytes.length) {
    readHeaderStart(bytes, at, header);
    readHeaderRest(bytes, at, header);
  }
  const next = start + header.length;
  if (next > bytes.length || Number.isNaN(next)) {
    throw new RangeError(
      `Cannot send the frames: they end in the middle of one, after ${bytes.length} bytes`,
    );
  }
  if (header.masked) applyMask(bytes, start, next, header.key);
  return { first: bytes[at]!, payload: bytes.subarray(start, next), next };
}
