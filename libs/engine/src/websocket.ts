import { EventEmitter } from 'node:events';
import { CloseCode, isSendableCloseCode } from './protocol/close-code.js';
import { WebSocketError } from './protocol/errors.js';
import { FIN } from './protocol/frame-header.js';
import { Opcode } from './protocol/opcode.js';
import { MAX_CLOSE_REASON } from './transport/close-payload.js';
import type { SendCallback } from './transport/send-queue.js';
import type { SocketTransport } from './transport/socket-transport.js';
import { ReadyState, SendResult, type TransportListener } from './transport/transport.js';
import { toBytes, type MessageData } from './message-data.js';

const EMPTY = Buffer.alloc(0);
const MAX_CONTROL_PAYLOAD = 125;
const BINARY_TYPES = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'] as const;

/** How binary messages are handed out. */
export type BinaryType = (typeof BINARY_TYPES)[number];

export interface SendOptions {
  /** Send as a binary message; default whether `data` is anything but a string. */
  binary?: boolean;
  /** Whether this is the last fragment of the message; default true. */
  fin?: boolean;
}

/**
 * One end of a WebSocket connection under the API of `ws`: an EventEmitter with the events `open`,
 * `message(data, isBinary)`, `close(code, reason)`, `error`, `ping`, `pong`.
 */
export class WebSocket extends EventEmitter implements TransportListener {
  static readonly CONNECTING = ReadyState.Connecting;
  static readonly OPEN = ReadyState.Open;
  static readonly CLOSING = ReadyState.Closing;
  static readonly CLOSED = ReadyState.Closed;

  private transport: SocketTransport | null = null;
  private type: BinaryType = 'nodebuffer';
  private fragmenting = false;
  private unsentBytes = 0;
  private ended = false;

  /** Joins this object, which is its listener, to an open connection. Called by the server. */
  attach(transport: SocketTransport): void {
    this.transport = transport;
  }

  get CONNECTING(): 0 {
    return ReadyState.Connecting;
  }

  get OPEN(): 1 {
    return ReadyState.Open;
  }

  get CLOSING(): 2 {
    return ReadyState.Closing;
  }

  get CLOSED(): 3 {
    return ReadyState.Closed;
  }

  get readyState(): ReadyState {
    if (this.ended) return ReadyState.Closed;
    return this.transport === null ? ReadyState.Connecting : this.transport.readyState;
  }

  /** The subprotocol agreed on, '' when none. */
  get protocol(): string {
    return this.transport?.protocol ?? '';
  }

  /** Bytes given to `send` that have not left yet. */
  get bufferedAmount(): number {
    return this.unsentBytes + (this.transport?.bufferedAmount ?? 0);
  }

  get isPaused(): boolean {
    return this.transport?.isPaused ?? false;
  }

  get binaryType(): BinaryType {
    return this.type;
  }

  /** Anything but the four types is ignored, as WHATWG attributes do. */
  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this.type = type;
  }

  /**
   * Sends a message.
   * @param data text, bytes, or a number, which is sent as text
   * @param callback called when the message has left, or with why it never will
   * @throws {WebSocketError} while connecting; {TypeError} for data that is none of these
   */
  send(data: MessageData, callback?: SendCallback): void;
  send(data: MessageData, options: SendOptions | undefined, callback?: SendCallback): void;
  send(data: MessageData, options?: SendOptions | SendCallback, callback?: SendCallback): void {
    const transport = this.connected();
    const done = typeof options === 'function' ? options : callback;
    const chosen = typeof options === 'function' ? undefined : options;
    const text = typeof data === 'number' ? String(data) : data;
    if (this.readyState !== ReadyState.Open) {
      this.refuseSend(toBytes(text).length, done);
      return;
    }
    if (chosen === undefined && typeof text === 'string' && !this.fragmenting) {
      transport.sendText(text);
    } else {
      const fin = chosen?.fin !== false;
      const binary = chosen?.binary ?? typeof text !== 'string';
      const start = binary ? Opcode.Binary : Opcode.Text;
      const opcode = this.fragmenting ? Opcode.Continuation : start;
      this.fragmenting = !fin;
      transport.sendFrame((fin ? FIN : 0) | opcode, toBytes(text));
    }
    if (done !== undefined) transport.afterSent(done);
  }

  /** Sends a ping of at most 125 bytes. */
  ping(
    data?: MessageData | SendCallback,
    mask?: boolean | SendCallback,
    callback?: SendCallback,
  ): void {
    this.sendControl('ping', data, mask, callback);
  }

  /** Sends a pong nobody asked for, of at most 125 bytes (RFC 6455 5.5.3). */
  pong(
    data?: MessageData | SendCallback,
    mask?: boolean | SendCallback,
    callback?: SendCallback,
  ): void {
    this.sendControl('pong', data, mask, callback);
  }

  /**
   * Starts the closing handshake.
   * @param code 1000-1014 less the reserved ones, or 3000-4999
   * @param reason at most 123 bytes of UTF-8
   * @throws {TypeError} for a code that may not be sent; {RangeError} for a longer reason
   */
  close(code?: number, reason?: string | Uint8Array): void {
    if (code !== undefined && (typeof code !== 'number' || !isSendableCloseCode(code))) {
      throw new TypeError('First argument must be a valid error code number');
    }
    const bytes = reason === undefined ? EMPTY : toBytes(reason);
    if (bytes.length > MAX_CLOSE_REASON) {
      throw new RangeError(`The message must not be greater than ${MAX_CLOSE_REASON} bytes`);
    }
    if (this.readyState !== ReadyState.Open) return;
    this.transport!.close(bytes.length > 0 ? (code ?? CloseCode.Normal) : code, bytes);
  }

  /** Destroys the connection at once. */
  terminate(): void {
    this.transport?.terminate();
  }

  /** Stops reading; messages are held by TCP. Does nothing while connecting or when closed. */
  pause(): void {
    if (this.readyState === ReadyState.Open || this.readyState === ReadyState.Closing) {
      this.transport!.pause();
    }
  }

  resume(): void {
    this.transport?.resume();
  }

  onText(payload: Buffer): void {
    this.emit('message', payload, false);
  }

  onBinary(payload: Buffer): void {
    this.emit('message', this.type === 'nodebuffer' ? payload : this.convert(payload), true);
  }

  onPing(payload: Buffer): void {
    this.emit('ping', payload);
  }

  onPong(payload: Buffer): void {
    this.emit('pong', payload);
  }

  onDrain(): void {
    this.emit('drain');
  }

  onError(error: Error): void {
    // A socket that breaks is no fault of the protocol: as in `ws` it only shows as 1006.
    if (error instanceof WebSocketError && this.listenerCount('error') > 0)
      this.emit('error', error);
  }

  onClose(code: number, reason: string): void {
    this.ended = true;
    this.emit('close', code, Buffer.from(reason));
  }

  private connected(): SocketTransport {
    if (this.transport === null) {
      throw new WebSocketError(
        'WebSocket is not open: readyState 0 (CONNECTING)',
        'WS_ERR_NOT_OPEN',
      );
    }
    return this.transport;
  }

  private sendControl(
    kind: 'ping' | 'pong',
    data?: MessageData | SendCallback,
    mask?: boolean | SendCallback,
    callback?: SendCallback,
  ): void {
    const transport = this.connected();
    const done = [data, mask, callback].find((value) => typeof value === 'function');
    const bytes = data === undefined || typeof data === 'function' ? EMPTY : toBytes(data);
    if (bytes.length > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`The data size must not be greater than ${MAX_CONTROL_PAYLOAD} bytes`);
    }
    if (transport[kind](bytes) === SendResult.Closed) this.refuseSend(bytes.length, done);
    else if (done !== undefined) transport.afterSent(done);
  }

  private refuseSend(bytes: number, callback: SendCallback | undefined): void {
    this.unsentBytes += bytes;
    if (callback === undefined) return;
    const state = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'][this.readyState]!;
    const error = new WebSocketError(
      `WebSocket is not open: readyState ${this.readyState} (${state})`,
      'WS_ERR_NOT_OPEN',
    );
    process.nextTick(callback, error);
  }

  private convert(payload: Buffer): ArrayBuffer | Buffer[] | Blob {
    if (this.type === 'fragments') return [payload];
    const exact = payload.buffer.slice(
      payload.byteOffset,
      payload.byteOffset + payload.length,
    ) as ArrayBuffer;
    return this.type === 'arraybuffer' ? exact : new Blob([exact]);
  }
}
