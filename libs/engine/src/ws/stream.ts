import { Duplex, type DuplexOptions } from 'node:stream';
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
  // Functions and no class of ours: its fields and methods would be names on a stream that users hold.
  let hasFailed = false;
  const stream: Duplex = new Duplex({
    ...options,
    objectMode: false,
    writableObjectMode: false,
    autoDestroy: true,
    emitClose: true,
    read: () => {
      if (ws.isPaused) ws.resume();
    },
    write: (chunk: Buffer | string, _encoding, done) => {
      whenOpen(ws, () => ws.send(chunk, done));
    },
    final: (done) => {
      whenOpen(ws, () => {
        if (ws.readyState === ReadyState.Closed) {
          done();
          return;
        }
        ws.once('close', () => done());
        close(ws);
      });
    },
    destroy: (error, done) => {
      if (ws.readyState === ReadyState.Closed) {
        done(error);
        return;
      }
      // Giving up a connection that is being made is an error to tell, unless there is one already.
      let reason = error;
      ws.once('error', (cause) => (reason ??= cause));
      ws.once('close', () => done(reason));
      // One that has failed has yet to tell the peer why.
      if (!hasFailed) ws.terminate();
    },
  });
  ws.on('message', (data, isBinary) => {
    if (!stream.push(toChunk(data, isBinary, stream.readableObjectMode))) ws.pause();
  });
  // The stream ends with the connection, whatever the other end of the stream still wants.
  ws.once('error', (error) => {
    hasFailed = true;
    stream.destroy(error);
  });
  ws.once('close', () => stream.push(null));
  // Before any listener of the application: for it the stream is gone when it has ended both ways.
  stream.once('end', () => {
    if (stream.writableFinished) stream.destroy();
  });
  return stream;
}

function whenOpen(ws: WebSocket, act: () => void): void {
  if (ws.readyState === ReadyState.Connecting) ws.once('open', act);
  else act();
}

/** A WebSocket that is closed while paused reads on and hands out nothing; here its reader may only be slow. */
function close(ws: WebSocket): void {
  const { isPaused } = ws;
  if (isPaused) ws.resume();
  ws.close();
  if (isPaused) ws.pause();
}

function toChunk(data: RawData, isBinary: boolean, isObject: boolean): unknown {
  if (isObject) return isBinary ? data : (data as Buffer).toString();
  // A stream of bytes takes no other shape of them.
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
