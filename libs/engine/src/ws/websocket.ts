import { PERMESSAGE_DEFLATE } from '../deflate/deflate-options.js';
import { MAX_CONTROL_PAYLOAD } from '../protocol/control-payload.js';
import type { SendCallback } from '../sending/send-waiters.js';
import type { SocketTransport } from '../transport/socket-transport.js';
import { ReadyState, type TransportListener } from '../transport/transport.js';
import { isBinaryType, type BinaryType } from './binary-type.js';
import type { ClientOptions } from './client-options.js';
import { readCloseArguments } from './close-arguments.js';
import { ConnectionEnd, type ConnectionKeeper } from './connection-end.js';
import { EventTargetEmitter, kClosedCleanly } from './event-target.js';
import { byteLength, type MessageData } from './message-data.js';
import type { SendOptions } from './message-writer.js';
import { shapeAs } from './shape/attributes.js';

const EMPTY = Buffer.alloc(0);
// A symbol and not `#end`: a Proxy around a WebSocket has to work, and the object stays as small.
const kEnd = Symbol('end');

/**
 * One end of a WebSocket connection under the API of `ws`: an EventEmitter with the events `open`,
 * `message(data, isBinary)`, `close(code, reason)`, `error`, `ping`, `pong` and those of a client's
 * handshake, and the interface of WHATWG's WebSocket.
 *
 * An `error` nobody listens to is thrown at a client, as EventEmitters do. At a server it is dropped:
 * nothing a peer sends may end a process that serves others.
 */
export class WebSocket extends EventTargetEmitter {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  /** @internal */
  readonly [kEnd]: ConnectionEnd = new ConnectionEnd(this);

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
    if (address === null) return;
    const isOptions =
      typeof protocols === 'object' && protocols !== null && !Array.isArray(protocols);
    const given = ((isOptions ? protocols : options) ?? {}) as ClientOptions;
    const offered = isOptions || protocols === undefined ? given.protocols : protocols;
    this[kEnd].connect(address, offered, given);
  }

  get readyState(): ReadyState {
    return this[kEnd].readyState;
  }

  /** Where a client connects to, after redirects; '' at a server. */
  get url(): string {
    return this[kEnd].url;
  }

  /** The subprotocol agreed on, '' when none. */
  get protocol(): string {
    return this[kEnd].transport?.protocol ?? '';
  }

  /** Names of the extensions agreed on, '' when none. */
  get extensions(): string {
    return (this[kEnd].transport?.extensions ?? '') === '' ? '' : PERMESSAGE_DEFLATE;
  }

  /** Bytes given to `send` that have not left yet, and those given to it too late, which never will. */
  get bufferedAmount(): number {
    return this[kEnd].bufferedAmount;
  }

  get isPaused(): boolean {
    return this[kEnd].transport?.isPaused ?? false;
  }

  get binaryType(): BinaryType {
    return this[kEnd].type;
  }

  /** Anything but the four types is ignored, as WHATWG attributes do. */
  set binaryType(type: BinaryType) {
    if (isBinaryType(type)) this[kEnd].type = type;
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
    const end = this[kEnd];
    const transport = end.connected();
    const done = typeof options === 'function' ? options : (callback ?? undefined);
    const chosen = typeof options === 'function' ? undefined : options;
    const message = typeof data === 'number' ? String(data) : data;
    if (end.readyState !== ReadyState.Open) {
      end.refuseSend(byteLength(message), done);
      return;
    }
    const isPlain = typeof message === 'string' && chosen == null;
    if (isPlain && (end.writer === null || end.writer.isIdle)) {
      transport.sendText(message);
      if (done !== undefined) transport.afterSent(done);
    } else {
      end.openWriter(transport).send(message, chosen, done);
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
    sendControl(this[kEnd], 'ping', data, mask, callback);
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
    sendControl(this[kEnd], 'pong', data, mask, callback);
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
    const end = this[kEnd];
    if (end.abandon() || end.readyState !== ReadyState.Open) return;
    const bytes = readCloseArguments(code, reason);
    if (end.writer === null) end.transport!.close(code, bytes);
    else end.writer.close(code, bytes);
  }

  /** Destroys the connection at once. */
  terminate(): void {
    const end = this[kEnd];
    if (!end.abandon()) end.transport?.terminate();
  }

  /** Stops reading; messages are held by TCP. Does nothing while connecting or when closed. */
  pause(): void {
    const end = this[kEnd];
    if (end.isConnectedOrClosing) end.transport!.pause();
  }

  /** Reads on. Does nothing while connecting or when closed. */
  resume(): void {
    const end = this[kEnd];
    if (end.isConnectedOrClosing) end.transport!.resume();
  }

  /** What a log shows of it; neither the peer's address nor the URL, which may hold a token. */
  toJSON(): { readyState: ReadyState; protocol: string; bufferedAmount: number } {
    const { readyState, protocol, bufferedAmount } = this;
    return { readyState, protocol, bufferedAmount };
  }

  /** @internal */
  override get [kClosedCleanly](): boolean {
    return this[kEnd].closedCleanly;
  }
}

const { Connecting: CONNECTING, Open: OPEN, Closing: CLOSING, Closed: CLOSED } = ReadyState;
const SHOWN =
  'binaryType bufferedAmount extensions isPaused protocol readyState url onopen onmessage onclose onerror addEventListener removeEventListener';
shapeAs(WebSocket, { CONNECTING, OPEN, CLOSING, CLOSED }, SHOWN.split(' '));

/** What `ws` is made of, for what programs know of that package beyond its API. */
export function endOf(ws: WebSocket): ConnectionEnd {
  return ws[kEnd];
}

/** What `ws` listens to its transport with. */
export function listenerOf(ws: WebSocket): TransportListener {
  return ws[kEnd];
}

/**
 * Joins a server's WebSocket to an open connection whose listener is `listenerOf` it.
 * @param keeper told of the end, whatever listeners the application takes away
 */
export function attachTransport(
  ws: WebSocket,
  transport: SocketTransport,
  keeper: ConnectionKeeper | null,
): void {
  ws[kEnd].attach(transport, keeper);
}

function sendControl(
  end: ConnectionEnd,
  kind: 'ping' | 'pong',
  data?: MessageData | SendCallback,
  mask?: boolean | SendCallback,
  callback?: SendCallback,
): void {
  const transport = end.connected();
  const done = [data, mask, callback].find((value) => typeof value === 'function');
  const payload = typeof data === 'function' || data === undefined ? EMPTY : data;
  const length = byteLength(payload);
  if (end.readyState !== ReadyState.Open) {
    end.refuseSend(length, done);
  } else if (length > MAX_CONTROL_PAYLOAD) {
    throw new RangeError(`The data size must not be greater than ${MAX_CONTROL_PAYLOAD} bytes`);
  } else {
    end.openWriter(transport).sendControl(kind, payload, done);
  }
}
