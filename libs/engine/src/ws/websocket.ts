import { WebSocketError } from '../protocol/errors.js';
import type { SendCallback } from '../sending/send-waiters.js';
import type { SocketTransport } from '../transport/socket-transport.js';
import { ReadyState, type TransportListener } from '../transport/transport.js';
import { isBinaryType, toBinaryType, type BinaryType } from './binary-type.js';
import type { ClientOptions } from './client-options.js';
import { readCloseArguments } from './close-arguments.js';
import { EventTargetEmitter } from './event-target.js';
import { byteLength, type MessageData } from './message-data.js';
import { MessageWriter, type SendOptions, type WriterOwner } from './message-writer.js';
import { Opening } from './opening.js';
import type { RawData } from './websocket-events.js';
import { MAX_CONTROL_PAYLOAD } from '../protocol/control-payload.js';
import { PERMESSAGE_DEFLATE } from '../deflate/deflate-options.js';

const EMPTY = Buffer.alloc(0);
const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;

/** Keeps count of a server's connections. */
export interface ConnectionKeeper {
  /** Comes before the event `close`. */
  connectionClosed(ws: WebSocket): void;
}

/**
 * One end of a WebSocket connection under the API of `ws`: an EventEmitter with the events `open`,
 * `message(data, isBinary)`, `close(code, reason)`, `error`, `ping`, `pong` and those of a client's
 * handshake, and the interface of WHATWG's WebSocket.
 *
 * An `error` nobody listens to is thrown at a client, as EventEmitters do. At a server it is dropped:
 * nothing a peer sends may end a process that serves others.
 */
export class WebSocket extends EventTargetEmitter implements TransportListener, WriterOwner {
  static readonly CONNECTING = ReadyState.Connecting;
  static readonly OPEN = ReadyState.Open;
  static readonly CLOSING = ReadyState.Closing;
  static readonly CLOSED = ReadyState.Closed;

  private transport: SocketTransport | null = null;
  private keeper: ConnectionKeeper | null = null;
  // Of a client, until the connection is open.
  private opening: Opening | null = null;
  private readonly isClient: boolean;
  private address = '';
  private type: BinaryType = 'nodebuffer';
  private unsentBytes = 0;
  // Made when something else than plain text is sent.
  private writer: MessageWriter | null = null;

  /** The end of a server, which then attaches a transport. */
  constructor(address: null, protocols?: undefined, options?: unknown);
  /**
   * Connects to a server.
   * @param address `ws:`, `wss:`, `http:`, `https:`, or `ws+unix:/socket:/path`
   * @param protocols subprotocols to offer, the preferred one first
   * @throws {SyntaxError} for another address, or a subprotocol that is no token or comes twice;
   *   {RangeError} for another `protocolVersion`; {UsageError} for any other option that cannot be used
   */
  constructor(address: string | URL, options?: ClientOptions);
  constructor(
    address: string | URL,
    protocols?: string | readonly string[],
    options?: ClientOptions,
  );
  constructor(
    address: string | URL | null,
    protocols?: string | readonly string[] | ClientOptions,
    options?: unknown,
  ) {
    super();
    this.isClient = address !== null;
    if (!this.isClient) return;
    const isOptions =
      typeof protocols === 'object' && protocols !== null && !Array.isArray(protocols);
    const given = ((isOptions ? protocols : options) ?? {}) as ClientOptions;
    const offered = isOptions || protocols === undefined ? given.protocols : protocols;
    this.opening = new Opening(address as string | URL, offered, given, this, (transport) => {
      this.address = this.url;
      this.opening = null;
      this.transport = transport;
      transport.setListener(this);
      transport.start();
      this.emit('open');
    });
    this.opening.start();
  }

  /**
   * Joins this object, which is its listener, to an open connection. Called by the server.
   * @param keeper told of the end, whatever listeners the application takes away
   */
  attach(transport: SocketTransport, keeper: ConnectionKeeper | null = null): void {
    this.transport = transport;
    this.keeper = keeper;
    this.emit('open');
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
    if (this.transport === null) return this.opening?.state ?? ReadyState.Connecting;
    const state = this.transport.readyState;
    return state === ReadyState.Open && this.writer?.isClosing === true
      ? ReadyState.Closing
      : state;
  }

  /** Where a client connects to, after redirects; '' at a server. */
  get url(): string {
    return this.opening?.url ?? this.address;
  }

  /** The subprotocol agreed on, '' when none. */
  get protocol(): string {
    return this.transport?.protocol ?? '';
  }

  /** Names of the extensions agreed on, '' when none. */
  get extensions(): string {
    return this.transport === null || this.transport.extensions === '' ? '' : PERMESSAGE_DEFLATE;
  }

  /** Bytes given to `send` that have not left yet, and those given to it too late, which never will. */
  get bufferedAmount(): number {
    return (
      this.unsentBytes + (this.writer?.waitingBytes ?? 0) + (this.transport?.bufferedAmount ?? 0)
    );
  }

  get isPaused(): boolean {
    return this.transport?.isPaused ?? false;
  }

  get binaryType(): BinaryType {
    return this.type;
  }

  /** Anything but the four types is ignored, as WHATWG attributes do. */
  set binaryType(type: BinaryType) {
    if (isBinaryType(type)) this.type = type;
  }

  /**
   * Sends a message.
   * @param data text, bytes, a Blob, or a number, which is sent as text
   * @param callback called when the message has left, or with why it never will
   * @throws {WebSocketError} while connecting; {TypeError} for data that is none of these; {UsageError}
   *   for bytes sent as text that are not UTF-8 (RFC 6455 5.6)
   */
  send(data: MessageData, callback?: SendCallback): void;
  send(data: MessageData, options: SendOptions | undefined, callback?: SendCallback): void;
  send(data: MessageData, options?: SendOptions | SendCallback, callback?: SendCallback): void {
    const transport = this.connected();
    const done = typeof options === 'function' ? options : (callback ?? undefined);
    const chosen = typeof options === 'function' ? undefined : options;
    const message = typeof data === 'number' ? String(data) : data;
    if (this.readyState !== ReadyState.Open) {
      this.refuseSend(byteLength(message), done);
      return;
    }
    const isPlain = typeof message === 'string' && chosen == null;
    if (isPlain && (this.writer === null || this.writer.isIdle)) {
      transport.sendText(message);
      if (done !== undefined) transport.afterSent(done);
    } else {
      this.openWriter(transport).send(message, chosen, done);
    }
  }

  /** Sends a ping of at most 125 bytes. `mask` is without effect. */
  ping(data?: MessageData, mask?: boolean, callback?: SendCallback): void;
  ping(data: MessageData | undefined, callback: SendCallback): void;
  ping(callback: SendCallback): void;
  ping(
    data?: MessageData | SendCallback,
    mask?: boolean | SendCallback,
    callback?: SendCallback,
  ): void {
    this.sendControl('ping', data, mask, callback);
  }

  /** Sends a pong nobody asked for, of at most 125 bytes (RFC 6455 5.5.3). */
  pong(data?: MessageData, mask?: boolean, callback?: SendCallback): void;
  pong(data: MessageData | undefined, callback: SendCallback): void;
  pong(callback: SendCallback): void;
  pong(
    data?: MessageData | SendCallback,
    mask?: boolean | SendCallback,
    callback?: SendCallback,
  ): void {
    this.sendControl('pong', data, mask, callback);
  }

  /**
   * Starts the closing handshake, behind all that was sent before. A client that is not connected yet
   * gives up.
   * @param code 1000-1014 less the reserved ones, or 3000-4999; without it there is no reason either
   * @param reason at most 123 bytes of UTF-8
   * @throws {TypeError} for a code that may not be sent, or a reason that is neither text nor bytes;
   *   {RangeError} for a longer reason
   */
  close(code?: number, reason?: string | Uint8Array): void {
    if (this.opening?.abandon() || this.readyState !== ReadyState.Open) return;
    const bytes = readCloseArguments(code, reason);
    if (this.writer === null) this.transport!.close(code, bytes);
    else this.writer.close(code, bytes);
  }

  /** Destroys the connection at once. */
  terminate(): void {
    if (!this.opening?.abandon()) this.transport?.terminate();
  }

  /** Stops reading; messages are held by TCP. Does nothing while connecting or when closed. */
  pause(): void {
    if (this.isConnectedOrClosing()) this.transport!.pause();
  }

  /** Reads on. Does nothing while connecting or when closed. */
  resume(): void {
    if (this.isConnectedOrClosing()) this.transport!.resume();
  }

  /** What a log shows of it; neither the peer's address nor the URL, which may hold a token. */
  toJSON(): { readyState: ReadyState; protocol: string; bufferedAmount: number } {
    const { readyState, protocol, bufferedAmount } = this;
    return { readyState, protocol, bufferedAmount };
  }

  onText(payload: Buffer): void {
    this.emit('message', payload, false);
  }

  onBinary(payload: Buffer): void {
    const { type } = this;
    const data = type === 'nodebuffer' ? payload : toBinaryType(payload, type);
    this.emit('message', data as RawData, true);
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
    if (!(error instanceof WebSocketError)) return;
    if (this.isClient || this.listenerCount('error') > 0) this.emit('error', error);
  }

  onClose(code: number, reason: string, wasClean: boolean): void {
    this.closedCleanly = wasClean;
    this.keeper?.connectionClosed(this);
    this.emit('close', code, Buffer.from(reason));
  }

  /** @internal */
  refuseSend(bytes: number, callback: SendCallback | undefined): void {
    this.unsentBytes += bytes;
    if (callback !== undefined) process.nextTick(callback, this.notOpen());
  }

  /** @internal */
  blobFailed(cause: Error): void {
    // What follows may depend on the message that is missing.
    this.transport?.terminate();
    this.onError(new WebSocketError('Cannot read the Blob to send', 'WS_ERR_BLOB', { cause }));
  }

  private isConnectedOrClosing(): boolean {
    const state = this.transport?.readyState;
    return state === ReadyState.Open || state === ReadyState.Closing;
  }

  private connected(): SocketTransport {
    if (this.readyState === ReadyState.Connecting) throw this.notOpen();
    return this.transport!;
  }

  private notOpen(): WebSocketError {
    const { readyState } = this;
    return new WebSocketError(
      `WebSocket is not open: readyState ${readyState} (${STATES[readyState]})`,
      'WS_ERR_NOT_OPEN',
    );
  }

  private openWriter(transport: SocketTransport): MessageWriter {
    return (this.writer ??= new MessageWriter(transport, this));
  }

  private sendControl(
    kind: 'ping' | 'pong',
    data?: MessageData | SendCallback,
    mask?: boolean | SendCallback,
    callback?: SendCallback,
  ): void {
    const transport = this.connected();
    const done = [data, mask, callback].find((value) => typeof value === 'function');
    const payload = typeof data === 'function' || data === undefined ? EMPTY : data;
    const length = byteLength(payload);
    if (this.readyState !== ReadyState.Open) {
      this.refuseSend(length, done);
    } else if (length > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`The data size must not be greater than ${MAX_CONTROL_PAYLOAD} bytes`);
    } else {
      this.openWriter(transport).sendControl(kind, payload, done);
    }
  }
}
