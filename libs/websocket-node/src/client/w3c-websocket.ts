import type { OutgoingHttpHeaders } from 'node:http';
import { ReadyState, WebSocketError, type ConnectOptions } from '#engine';
import { WebSocketClient } from './client.js';
import type { ClientConfig } from '../config/config.js';
import type { WebSocketConnection } from '../connection/connection.js';
import { bytesOf, type Message } from '../connection/message.js';
import { CloseEvent, ErrorEvent, MessageEvent, type W3CEventMap } from './w3c-events.js';

// Symbols: classes that extend this one may have members of any name, and a Proxy around an object has to work.
const kAddress = Symbol('address');
const kClient = Symbol('client');
const kConnection = Symbol('connection');
const kState = Symbol('state');
const kType = Symbol('type');
const kConnected = Symbol('connected');
const kFailed = Symbol('failed');
const kReceived = Symbol('received');
const kCallHandler = Symbol('callHandler');

type Handler<Type extends keyof W3CEventMap> = ((event: W3CEventMap[Type]) => unknown) | null;

const TYPES = ['open', 'message', 'close', 'error'] as const;

/**
 * WHATWG's WebSocket, as far as programs for browsers use it. Follows
 * `require('websocket').w3cwebsocket`: events are handed to the `on*` property first, then to listeners.
 */
export class W3CWebSocket extends EventTarget {
  static readonly CONNECTING = ReadyState.Connecting;
  static readonly OPEN = ReadyState.Open;
  static readonly CLOSING = ReadyState.Closing;
  static readonly CLOSED = ReadyState.Closed;

  onopen: Handler<'open'> = null;
  onmessage: Handler<'message'> = null;
  onclose: Handler<'close'> = null;
  onerror: Handler<'error'> = null;

  /** @internal */
  readonly [kAddress]: string;
  /** @internal */
  readonly [kClient]: WebSocketClient;
  /** @internal */
  [kConnection]: WebSocketConnection | null = null;
  /** @internal */
  [kState]: ReadyState = ReadyState.Connecting;
  /** @internal */
  [kType]: 'arraybuffer' | 'blob' = 'arraybuffer';

  /**
   * Connects to a server. For all but the first two parameters see `WebSocketClient`.
   * @throws {SyntaxError} for what is no URL of a WebSocket server
   */
  constructor(
    address: string,
    protocols?: string | readonly string[] | null,
    origin?: string | null,
    headers?: OutgoingHttpHeaders | null,
    requestOptions?: ConnectOptions | null,
    clientConfig: ClientConfig = {},
  ) {
    super();
    this[kAddress] = address;
    for (const type of TYPES) this.addEventListener(type, this[kCallHandler]);
    // Messages are whole in this interface.
    this[kClient] = new WebSocketClient({ ...clientConfig, assembleFragments: true });
    this[kClient].on('connect', (connection) => this[kConnected](connection));
    this[kClient].on('connectFailed', (error) => this[kFailed](error));
    this[kClient].connect(address, protocols, origin, headers, requestOptions);
  }

  /** As given. */
  get url(): string {
    return this[kAddress];
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
    if (this[kState] === ReadyState.Open && !this[kConnection]?.connected)
      return ReadyState.Closing;
    return this[kState];
  }

  /** The subprotocol agreed on, '' when none. */
  get protocol(): string {
    return this[kConnection]?.protocol ?? '';
  }

  /** The extensions agreed on, '' when none. */
  get extensions(): string {
    return this[kConnection]?.extensions.join(', ') ?? '';
  }

  /** Bytes sent that have not left yet. */
  get bufferedAmount(): number {
    return this[kConnection]?.bufferedAmount ?? 0;
  }

  /** How bytes are handed out: 'arraybuffer' (default) or 'blob'. */
  get binaryType(): 'arraybuffer' | 'blob' {
    return this[kType];
  }

  /** @throws {SyntaxError} for any other type */
  set binaryType(type: 'arraybuffer' | 'blob') {
    if (type !== 'arraybuffer' && type !== 'blob') {
      throw new SyntaxError(
        `Cannot use binaryType: current value is ${String(type)}, allowed are arraybuffer and blob`,
      );
    }
    this[kType] = type;
  }

  /**
   * Sends a message.
   * @throws {WebSocketError} when it is not open; {TypeError} for what is neither text nor bytes
   */
  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (this[kConnection] === null || this.readyState !== ReadyState.Open) {
      throw new WebSocketError('Cannot send: the connection is not open', 'WS_ERR_NOT_OPEN');
    }
    const bytes = bytesOf(data);
    if (bytes !== null) {
      this[kConnection].sendBytes(bytes);
    } else if (typeof data.valueOf() === 'string') {
      this[kConnection].sendUTF(data);
    } else {
      throw new TypeError('Cannot send a message: it must be a string, a buffer or a view of one');
    }
  }

  /** Closes the connection, or gives up connecting. See `WebSocketConnection.close`. */
  close(code?: number, reason?: string): void {
    if (this[kState] === ReadyState.Connecting) {
      this[kState] = ReadyState.Closing;
      this[kClient].abort();
    } else if (this.readyState === ReadyState.Open) {
      this[kConnection]?.close(code, reason);
      this[kState] = ReadyState.Closing;
    }
  }

  /** What a log shows of it; not the URL, which may hold a token. */
  toJSON(): { readyState: ReadyState; protocol: string; bufferedAmount: number } {
    const { readyState, protocol, bufferedAmount } = this;
    return { readyState, protocol, bufferedAmount };
  }

  /** @internal */
  [kConnected](connection: WebSocketConnection): void {
    this[kConnection] = connection;
    this[kState] = ReadyState.Open;
    connection.on('message', (message) => this[kReceived](message));
    connection.on('error', (error) => this.dispatchEvent(new ErrorEvent(error)));
    connection.on('close', (code, reason) => {
      this[kState] = ReadyState.Closed;
      this.dispatchEvent(new CloseEvent(code, reason, connection.wasClean));
    });
    this.dispatchEvent(new Event('open'));
  }

  /** @internal */
  [kFailed](error: Error): void {
    this[kState] = ReadyState.Closed;
    this.dispatchEvent(new ErrorEvent(error));
    this.dispatchEvent(new CloseEvent(1006, 'connection failed', false));
  }

  /** @internal */
  [kReceived](message: Message): void {
    if (message.type === 'utf8') {
      this.dispatchEvent(new MessageEvent(message.utf8Data));
      return;
    }
    // A copy, for the memory below may hold other messages, too.
    const { buffer } = new Uint8Array(message.binaryData);
    this.dispatchEvent(new MessageEvent(this[kType] === 'blob' ? new Blob([buffer]) : buffer));
  }

  /** Registered before any listener of the application can be. @internal */
  readonly [kCallHandler] = (event: Event): void => {
    const handler: unknown = Reflect.get(this, `on${event.type}`);
    if (typeof handler === 'function') Reflect.apply(handler, this, [event]);
  };
}
