import type { Socket } from 'node:net';
import {
  CloseCode,
  Opcode,
  SendResult,
  closeReason,
  isSendableCloseCode,
  type PreparedMessage,
  type SendCallback,
  type SocketTransport,
  type TransportListener,
} from '#engine';
import type { ConnectionConfig } from '../config/config.js';
import type { WebSocketFrame } from '../frame/frame.js';
import { adoptSocket } from './adopt-socket.js';
import { NodeCloseCauses } from './close-causes.js';
import { CLOSE_DESCRIPTIONS, describeClose } from './close-reasons.js';
import type { ConnectionState } from './connection-events.js';
import { ConnectionLink } from './connection-link.js';
import { debug } from './debug.js';
import { LoggedConnection } from './logged-connection.js';
import { bytesOf, controlPayload, toText, type Stringified } from './message.js';
import { refuseSend, type MessageWriter } from './message-writer.js';

// A symbol and not `#link`: a Proxy around a connection has to work.
const kLink = Symbol('link');

/**
 * An open connection, at either end. Follows `require('websocket').connection`: made by
 * `request.accept` and by a client.
 */
export class WebSocketConnection extends LoggedConnection {
  static readonly CLOSE_REASON_NORMAL = CloseCode.Normal;
  static readonly CLOSE_REASON_GOING_AWAY = CloseCode.GoingAway;
  static readonly CLOSE_REASON_PROTOCOL_ERROR = CloseCode.ProtocolError;
  static readonly CLOSE_REASON_UNPROCESSABLE_INPUT = CloseCode.UnsupportedData;
  static readonly CLOSE_REASON_RESERVED = 1004;
  static readonly CLOSE_REASON_NOT_PROVIDED = CloseCode.NoStatus;
  static readonly CLOSE_REASON_ABNORMAL = CloseCode.Abnormal;
  static readonly CLOSE_REASON_INVALID_DATA = CloseCode.InvalidPayload;
  static readonly CLOSE_REASON_POLICY_VIOLATION = CloseCode.PolicyViolation;
  static readonly CLOSE_REASON_MESSAGE_TOO_BIG = CloseCode.MessageTooBig;
  static readonly CLOSE_REASON_EXTENSION_REQUIRED = CloseCode.MandatoryExtension;
  static readonly CLOSE_REASON_INTERNAL_SERVER_ERROR = CloseCode.InternalError;
  static readonly CLOSE_REASON_TLS_HANDSHAKE_FAILED = CloseCode.TlsHandshake;
  static readonly CLOSE_DESCRIPTIONS = CLOSE_DESCRIPTIONS;

  /** Of the peer; at a server behind trusted proxies, of the client behind them. */
  remoteAddress: string;
  /** The client, then the trusted proxies it came through, the peer last. */
  remoteAddresses: string[];
  /** 13, or 8. */
  webSocketVersion = 13;
  /** Why it was closed; -1 before. */
  closeReasonCode = -1;
  closeDescription: string | null = null;
  /** Once closed: whether both ends sent a Close frame. */
  wasClean = false;
  /** @internal */
  readonly [kLink]: ConnectionLink;

  /**
   * Takes over a socket on which the opening handshake is done.
   * @param extensions as agreed on, each as in a Sec-WebSocket-Extensions header
   * @param protocol the subprotocol agreed on
   * @param maskOutgoingPackets true for the client's end (RFC 6455 5.1)
   * @param opensLater the handshake hands over the connection itself, with `attach`
   */
  constructor(
    /** The TCP or TLS socket below. Reading from it or writing to it breaks the connection. */
    readonly socket: Socket,
    readonly extensions: string[],
    readonly protocol: string | null | undefined,
    readonly maskOutgoingPackets: boolean,
    readonly config: ConnectionConfig,
    opensLater = false,
  ) {
    super();
    this.remoteAddress = socket.remoteAddress ?? '';
    this.remoteAddresses = [this.remoteAddress];
    this[kLink] = new ConnectionLink(this);
    if (opensLater) return;
    const transport = adoptSocket(socket, protocol ?? '', maskOutgoingPackets, config);
    transport.setListener(this[kLink]);
    this[kLink].attach(transport);
    transport.start();
  }

  /** Whether messages can be sent and received. */
  get connected(): boolean {
    return this[kLink].connected;
  }

  /**
   * `open`; `peer_requested_close` when the peer has begun to close; `ending` when this end has, and
   * waits for the peer; `closed`.
   */
  get state(): ConnectionState {
    const { phase, transport } = this[kLink];
    if (phase !== 'open' || this.connected) return phase;
    return transport === null ? 'closed' : 'peer_requested_close';
  }

  /** Bytes sent that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this[kLink].transport?.bufferedAmount ?? 0;
  }

  /** Whether it is better to wait for `drain` before sending more. */
  get outputBufferFull(): boolean {
    return this[kLink].writer?.isFull ?? false;
  }

  /** Whether reading is stopped. */
  get isPaused(): boolean {
    return this[kLink].transport?.isPaused ?? false;
  }

  /** What programs written for `websocket` print when a connection closes. */
  get _debug(): typeof debug {
    return debug;
  }

  /**
   * Sends bytes as a binary message, and the `toString()` of anything else as text.
   * @param callback called when the message has left, or with why it never will
   * @returns false when it is better to wait for `drain` before sending more, or nothing was sent
   * @throws {TypeError} for what is neither
   */
  send(data: Uint8Array | ArrayBuffer | Stringified, callback?: SendCallback): boolean {
    const bytes = bytesOf(data);
    return bytes === null ? this.sendUTF(data, callback) : this.sendBytes(bytes, callback);
  }

  /** Sends `data.toString()` as a text message. See `send`. */
  sendUTF(data: Stringified, callback?: SendCallback): boolean {
    const text = toText(data);
    return readyToSend(this, callback)?.text(text, callback) ?? false;
  }

  /**
   * Sends a binary message. `data` may be used again at once. See `send`.
   * @throws {TypeError} for what are no bytes
   */
  sendBytes(data: Uint8Array, callback?: SendCallback): boolean {
    const bytes = bytesOf(data);
    if (bytes === null) throw new TypeError('Cannot send a binary message: a Buffer is needed');
    return readyToSend(this, callback)?.binary(bytes, callback) ?? false;
  }

  /** Sends a message that was encoded once for many connections. See `send`. */
  sendPrepared(message: PreparedMessage): boolean {
    return readyToSend(this, undefined)?.prepared(message) ?? false;
  }

  /**
   * Sends one frame as it stands, masked if this end masks; fragments of a message are the caller's to
   * put in order (RFC 6455 5.4). A Close frame closes the connection.
   */
  sendFrame(frame: WebSocketFrame, callback?: SendCallback): boolean {
    const writer = readyToSend(this, callback);
    if (writer === null) return false;
    if (frame.opcode !== Opcode.Close) return writer.frame(frame, callback);
    const code = frame.closeStatus === -1 ? undefined : frame.closeStatus;
    this.close(code, String(frame.binaryPayload ?? ''));
    return writer.sent(SendResult.Sent, callback);
  }

  /** Sends a ping with bytes or text, cut to the 125 bytes a control frame may have. */
  ping(data?: Stringified | null): void {
    this[kLink].transport?.ping(controlPayload(data));
  }

  /** Sends a pong. Pings are answered without it. */
  pong(binaryPayload?: Stringified | null): void {
    this[kLink].transport?.pong(controlPayload(binaryPayload));
  }

  /**
   * Starts the closing handshake, behind all that was sent. What the peer sends from here on is not
   * handed out. The socket is destroyed if the peer does not answer within `closeTimeout`. Does nothing
   * when it is not open any more.
   * @param reasonCode default 1000
   * @param description default what `CLOSE_DESCRIPTIONS` says of the code
   * @throws {UsageError} for a code that may not be sent (1004-1006, 1015 and what is not 1000-1014 or
   *   3000-4999), or a description over 123 bytes of UTF-8
   */
  close(reasonCode?: number, description?: string): void {
    if (!this.connected) return;
    const code = typeof reasonCode === 'number' ? reasonCode : NodeCloseCauses.Closed.code;
    const reason = typeof description === 'string' ? description : describeClose(code);
    this[kLink].transport?.close(code, reason);
    this[kLink].end('ending', code, reason);
  }

  /**
   * Closes at once, without waiting for what was sent or for the peer; `close` is emitted before this
   * returns.
   * @param reasonCode default 1002
   * @param description default what `CLOSE_DESCRIPTIONS` says of the code
   * @param skipCloseFrame true to say nothing to the peer, as is done for a code that may not be sent
   */
  drop(reasonCode?: number, description?: string, skipCloseFrame = false): void {
    const link = this[kLink];
    const { transport } = link;
    if (!link.closeEmitted) {
      const code = typeof reasonCode === 'number' ? reasonCode : NodeCloseCauses.Dropped.code;
      const reason = typeof description === 'string' ? description : describeClose(code);
      if (!skipCloseFrame && isSendableCloseCode(code)) transport?.close(code, closeReason(reason));
      link.end('closed', code, reason);
    }
    // Before the listeners, for one that throws must not keep the socket.
    if (transport === null) this.socket.destroy();
    else transport.terminate();
    link.emitClose();
  }

  /** Stops reading; the peer is held by TCP. */
  pause(): void {
    const { transport } = this[kLink];
    if (transport === null || transport.isPaused) return;
    transport.pause();
    this.emit('pause');
  }

  resume(): void {
    const { transport } = this[kLink];
    if (transport === null || !transport.isPaused) return;
    transport.resume();
    this.emit('resume');
  }
}

/** What `connection` listens to its transport with. */
export function listenerOf(connection: WebSocketConnection): TransportListener {
  return connection[kLink];
}

/** Joins a connection to the transport of a handshake, whose listener is `listenerOf` it. */
export function attachTransport(connection: WebSocketConnection, transport: SocketTransport): void {
  connection[kLink].attach(transport);
}

/** What sends messages when one can be sent; else the callback is told why not. */
function readyToSend(
  connection: WebSocketConnection,
  callback: SendCallback | undefined,
): MessageWriter | null {
  const { writer } = connection[kLink];
  if (writer === null || !connection.connected) {
    return refuseSend('the connection is not open', callback);
  }
  const { maxSendQueueSize = 0 } = connection.config;
  if (maxSendQueueSize === 0 || connection.bufferedAmount <= maxSendQueueSize) return writer;
  connection.drop(NodeCloseCauses.NotReading.code, NodeCloseCauses.NotReading.reason);
  return refuseSend(`more than ${maxSendQueueSize} bytes wait for the peer`, callback);
}
