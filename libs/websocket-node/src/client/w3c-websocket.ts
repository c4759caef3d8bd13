import type { OutgoingHttpHeaders } from 'node:http';
import { ReadyState, WebSocketError, type ConnectOptions } from '#engine';
import { WebSocketClient } from './client.js';
import type { ClientConfig } from '../config/config.js';
import type { WebSocketConnection } from '../connection/connection.js';
import { bytesOf, type Message } from '../connection/message.js';
import { CloseEvent, ErrorEvent, MessageEvent, type W3CEventMap } from './w3c-events.js';

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

  readonly #address: string;
  readonly #client: WebSocketClient;
  #connection: WebSocketConnection | null = null;
  #state: ReadyState = ReadyState.Connecting;
  #type: 'arraybuffer' | 'blob' = 'arraybuffer';

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
    this.#address = address;
    for (const type of TYPES) this.addEventListener(type, this.#callHandler);
    // Messages are whole in this interface.
    this.#client = new WebSocketClient({ ...clientConfig, assembleFragments: true });
    this.#client.on('connect', (connection) => this.#connected(connection));
    this.#client.on('connectFailed', (error) => this.#failed(error));
    this.#client.connect(address, protocols, origin, headers, requestOptions);
  }

  /** As given. */
  get url(): string {
    return this.#address;
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
    if (this.#state === ReadyState.Open && !this.#connection?.connected) return ReadyState.Closing;
    return this.#state;
  }

  /** The subprotocol agreed on, '' when none. */
  get protocol(): string {
    return this.#connection?.protocol ?? '';
  }

  /** The extensions agreed on, '' when none. */
  get extensions(): string {
    return this.#connection?.extensions.join(', ') ?? '';
  }

  /** Bytes sent that have not left yet. */
  get bufferedAmount(): number {
    return this.#connection?.bufferedAmount ?? 0;
  }

  /** How bytes are handed out: 'arraybuffer' (default) or 'blob'. */
  get binaryType(): 'arraybuffer' | 'blob' {
    return this.#type;
  }

  /** @throws {SyntaxError} for any other type */
  set binaryType(type: 'arraybuffer' | 'blob') {
    if (type !== 'arraybuffer' && type !== 'blob') {
      throw new SyntaxError(
        `Cannot use binaryType: current value is ${String(type)}, allowed are arraybuffer and blob`,
      );
    }
    this.#type = type;
  }

  /**
   * Sends a message.
   * @throws {WebSocketError} when it is not open; {TypeError} for what is neither text nor bytes
   */
  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (this.#connection === null || this.readyState !== ReadyState.Open) {
      throw new WebSocketError('Cannot send: the connection is not open', 'WS_ERR_NOT_OPEN');
    }
    const bytes = bytesOf(data);
    if (bytes !== null) {
      this.#connection.sendBytes(bytes);
    } else if (typeof data.valueOf() === 'string') {
      this.#connection.sendUTF(data);
    } else {
      throw new TypeError('Cannot send a message: it must be a string, a buffer or a view of one');
    }
  }

  /** Closes the connection, or gives up connecting. See `WebSocketConnection.close`. */
  close(code?: number, reason?: string): void {
    if (this.#state === ReadyState.Connecting) {
      this.#state = ReadyState.Closing;
      this.#client.abort();
    } else if (this.readyState === ReadyState.Open) {
      this.#connection?.close(code, reason);
      this.#state = ReadyState.Closing;
    }
  }

  /** What a log shows of it; not the URL, which may hold a token. */
  toJSON(): { readyState: ReadyState; protocol: string; bufferedAmount: number } {
    const { readyState, protocol, bufferedAmount } = this;
    return { readyState, protocol, bufferedAmount };
  }

  #connected(connection: WebSocketConnection): void {
    this.#connection = connection;
    this.#state = ReadyState.Open;
    connection.on('message', (message) => this.#received(message));
    connection.on('error', (error) => this.dispatchEvent(new ErrorEvent(error)));
    connection.on('close', (code, reason) => {
      this.#state = ReadyState.Closed;
      this.dispatchEvent(new CloseEvent(code, reason, connection.wasClean));
    });
    this.dispatchEvent(new Event('open'));
  }

  #failed(error: Error): void {
    this.#state = ReadyState.Closed;
    this.dispatchEvent(new ErrorEvent(error));
    this.dispatchEvent(new CloseEvent(1006, 'connection failed', false));
  }

  #received(message: Message): void {
    if (message.type === 'utf8') {
      this.dispatchEvent(new MessageEvent(message.utf8Data));
      return;
    }
    // A copy, for the memory below may hold other messages, too.
    const { buffer } = new Uint8Array(message.binaryData);
    this.dispatchEvent(new MessageEvent(this.#type === 'blob' ? new Blob([buffer]) : buffer));
  }

  /** Registered before any listener of the application can be. */
  readonly #callHandler = (event: Event): void => {
    const handler: unknown = Reflect.get(this, `on${event.type}`);
    if (typeof handler === 'function') Reflect.apply(handler, this, [event]);
  };
}
