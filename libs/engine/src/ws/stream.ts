import { Duplex, type DuplexOptions } from 'node:stream';
import type { SendCallback } from '../sending/send-waiters.js';
import { ReadyState } from '../transport/transport.js';
import type { WebSocket } from './websocket.js';
import type { RawData } from './websocket-events.js';

/**
 * A WebSocket as a stream: what is written is sent, one message for each chunk, and what arrives can be
 * read. Not reading holds the peer back; a write is done when its message has left.
 *
 * Bytes without boundaries by default. With `readableObjectMode` each message is one chunk, text as a
 * string; with `decodeStrings: false` strings are sent as text.
 * @param ws at either end, connecting or open
 * @param options of `stream.Duplex`. `objectMode`, `writableObjectMode`, `autoDestroy` and `emitClose`
 *   are not the caller's to choose, as in `ws`
 */
export function createWebSocketStream(ws: WebSocket, options: DuplexOptions = {}): Duplex {
  return new WebSocketStream(ws, options);
}

class WebSocketStream extends Duplex {
  // Whether the WebSocket has failed, and ends by itself.
  private failed = false;

  constructor(
    private readonly ws: WebSocket,
    options: DuplexOptions,
  ) {
    super({
      ...options,
      objectMode: false,
      writableObjectMode: false,
      autoDestroy: true,
      emitClose: true,
    });
    ws.on('message', (data, isBinary) => {
      if (!this.push(this.toChunk(data, isBinary))) ws.pause();
    });
    // The stream ends with the connection, whatever the other end of the stream still wants.
    ws.once('error', (error) => {
      this.failed = true;
      this.destroy(error);
    });
    ws.once('close', () => this.push(null));
  }

  override _read(): void {
    if (this.ws.isPaused) this.ws.resume();
  }

  override _write(chunk: Buffer | string, _encoding: string, done: SendCallback): void {
    this.whenOpen(() => this.ws.send(chunk, done));
  }

  override _final(done: () => void): void {
    this.whenOpen(() => {
      if (this.ws.readyState === ReadyState.Closed) {
        done();
        return;
      }
      this.ws.once('close', () => done());
      this.close();
    });
  }

  /** A WebSocket that is closed while paused reads on and hands out nothing; here its reader may only be slow. */
  private close(): void {
    const { isPaused } = this.ws;
    if (isPaused) this.ws.resume();
    this.ws.close();
    if (isPaused) this.ws.pause();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.ws.readyState === ReadyState.Closed) {
      done(error);
      return;
    }
    // Giving up a connection that is being made is an error to tell, unless there is one already.
    let reason = error;
    this.ws.once('error', (cause) => (reason ??= cause));
    this.ws.once('close', () => done(reason));
    // One that has failed has yet to tell the peer why.
    if (!this.failed) this.ws.terminate();
  }

  private whenOpen(act: () => void): void {
    if (this.ws.readyState === ReadyState.Connecting) this.ws.once('open', act);
    else act();
  }

  private toChunk(data: RawData, isBinary: boolean): unknown {
    if (this.readableObjectMode) return isBinary ? data : (data as Buffer).toString();
    // A stream of bytes takes no other shape of them.
    if (Buffer.isBuffer(data)) return data;
    return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
  }
}
