import type { Socket } from 'node:net';
import {
  CloseCode,
  Opcode,
  ReadyState,
  SendResult,
  WebSocketError,
  closeReason,
  decodeText,
  isSendableCloseCode,
  type PreparedMessage,
  type SendCallback,
  type SocketTransport,
  type TransportListener,
} from '#engine';
import type { ConnectionConfig } from '../config/config.js';
import { WebSocketFrame } from '../frame/frame.js';
import { adoptSocket } from './adopt-socket.js';
import { isPongCancelled } from './cancel-pong.js';
import { NodeCloseCauses } from './close-causes.js';
import { CLOSE_DESCRIPTIONS, describeClose, describeSocketError } from './close-reasons.js';
import type { ConnectionState } from './connection-events.js';
import { debug } from './debug.js';
import { startKeepAlive, type KeepAlive, type KeepAliveOwner } from './keep-alive.js';
import { LoggedConnection } from './logged-connection.js';
import { bytesOf, controlPayload, toText, type Stringified } from './message.js';
import { MessageWriter, refuseSend } from './message-writer.js';
import { PongWriter } from './pong-writer.js';

/**
 * An open connection, at either end. Follows `require('websocket').connection`: made by
 * `request.accept` and by a client.
 */
export class WebSocketConnection
  extends LoggedConnection
  implements TransportListener, KeepAliveOwner
{
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
  /** Set in the constructor: an engine's listener that has it gets frames. */
  readonly onFrame?: TransportListener['onFrame'];

  private transport: SocketTransport | null = null;
  private writer: MessageWriter | null = null;
  private pongs: PongWriter | null = null;
  private keepAlive: KeepAlive | null = null;
  private phase: 'open' | 'ending' | 'closed' = 'open';
  private closeEmitted = false;
  private socketError: string | null = null;

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
    if (config.assembleFragments === false) {
      this.onFrame = (fin, rsv, opcode, payload) => {
        if (this.phase !== 'open') return;
        const masked = !maskOutgoingPackets;
        this.emit('frame', WebSocketFrame.received(fin, rsv, opcode, payload, masked));
      };
    }
    if (opensLater) return;
    const transport = adoptSocket(socket, protocol ?? '', maskOutgoingPackets, config);
    transport.setListener(this);
    this.attach(transport);
    transport.start();
  }

  /** Joins this connection, which is its listener, to the transport of a handshake. */
  attach(transport: SocketTransport): void {
    const { config, socket } = this;
    this.transport = transport;
    this.pongs = new PongWriter(transport);
    if (transport.extensions !== '') this.extensions.push(transport.extensions);
    this.writer = new MessageWriter(transport, config);
    if (config.disableNagleAlgorithm === false) socket.setNoDelay(false);
    this.keepAlive = startKeepAlive(socket, config, this, transport);
  }

  /** Whether messages can be sent and received. */
  get connected(): boolean {
    return this.phase === 'open' && this.transport?.readyState === ReadyState.Open;
  }

  /**
   * `open`; `peer_requested_close` when the peer has begun to close; `ending` when this end has, and
   * waits for the peer; `closed`.
   */
  get state(): ConnectionState {
    if (this.phase !== 'open' || this.connected) return this.phase;
    return this.transport === null ? 'closed' : 'peer_requested_close';
  }

  /** Bytes sent that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.transport?.bufferedAmount ?? 0;
  }

  /** Whether it is better to wait for `drain` before sending more. */
  get outputBufferFull(): boolean {
    return this.writer?.isFull ?? false;
  }

  /** Whether reading is stopped. */
  get isPaused(): boolean {
    return this.transport?.isPaused ?? false;
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
    return this.readyToSend(callback)?.text(text, callback) ?? false;
  }

  /**
   * Sends a binary message. `data` may be used again at once. See `send`.
   * @throws {TypeError} for what are no bytes
   */
  sendBytes(data: Uint8Array, callback?: SendCallback): boolean {
    const bytes = bytesOf(data);
    if (bytes === null) throw new TypeError('Cannot send a binary message: a Buffer is needed');
    return this.readyToSend(callback)?.binary(bytes, callback) ?? false;
  }

  /** Sends a message that was encoded once for many connections. See `send`. */
  sendPrepared(message: PreparedMessage): boolean {
    return this.readyToSend(undefined)?.prepared(message) ?? false;
  }

  /**
   * Sends one frame as it stands, masked if this end masks; fragments of a message are the caller's to
   * put in order (RFC 6455 5.4). A Close frame closes the connection.
   */
  sendFrame(frame: WebSocketFrame, callback?: SendCallback): boolean {
    const writer = this.readyToSend(callback);
    if (writer === null) return false;
    if (frame.opcode !== Opcode.Close) return writer.frame(frame, callback);
    const code = frame.closeStatus === -1 ? undefined : frame.closeStatus;
    this.close(code, String(frame.binaryPayload ?? ''));
    return writer.sent(SendResult.Sent, callback);
  }

  /** Sends a ping with bytes or text, cut to the 125 bytes a control frame may have. */
  ping(data?: Stringified | null): void {
    this.transport?.ping(controlPayload(data));
  }

  /** Sends a pong. Pings are answered without it. */
  pong(binaryPayload?: Stringified | null): void {
    this.transport?.pong(controlPayload(binaryPayload));
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
    this.transport?.close(code, reason);
    this.end('ending', code, reason);
  }

  /**
   * Closes at once, without waiting for what was sent or for the peer; `close` is emitted before this
   * returns.
   * @param reasonCode default 1002
   * @param description default what `CLOSE_DESCRIPTIONS` says of the code
   * @param skipCloseFrame true to say nothing to the peer, as is done for a code that may not be sent
   */
  drop(reasonCode?: number, description?: string, skipCloseFrame = false): void {
    const { transport } = this;
    if (!this.closeEmitted) {
      const code = typeof reasonCode === 'number' ? reasonCode : NodeCloseCauses.Dropped.code;
      const reason = typeof description === 'string' ? description : describeClose(code);
      if (!skipCloseFrame && isSendableCloseCode(code)) transport?.close(code, closeReason(reason));
      this.end('closed', code, reason);
    }
    // Before the listeners, for one that throws must not keep the socket.
    if (transport === null) this.socket.destroy();
    else transport.terminate();
    this.emitClose();
  }

  /** Stops reading; the peer is held by TCP. */
  pause(): void {
    if (this.transport === null || this.isPaused) return;
    this.transport.pause();
    this.emit('pause');
  }

  resume(): void {
    if (this.transport === null || !this.isPaused) return;
    this.transport.resume();
    this.emit('resume');
  }

  // What the engine reports.

  /** @internal */
  onText(payload: Buffer, ascii: boolean): void {
    this.keepAlive?.heard();
    if (this.phase !== 'open') return;
    this.emit('message', { type: 'utf8', utf8Data: decodeText(payload, ascii) });
  }

  /** @internal */
  onBinary(payload: Buffer): void {
    this.keepAlive?.heard();
    if (this.phase !== 'open') return;
    this.emit('message', { type: 'binary', binaryData: payload });
  }

  /** @internal */
  onPing(payload: Buffer): void {
    this.keepAlive?.heard();
    if (this.phase !== 'open') return;
    if (!isPongCancelled(this, payload)) this.pongs?.answer(payload);
  }

  /** @internal */
  onPong(payload: Buffer): void {
    this.keepAlive?.heard();
    if (this.phase === 'open') this.emit('pong', payload);
  }

  /** @internal */
  onDrain(): void {
    this.emit('drain');
  }

  /** @internal */
  onError(error: Error): void {
    if (this.phase === 'closed') return;
    if (error instanceof WebSocketError) {
      // A peer's fault closes the connection, whose code and description tell of it.
      this.phase = 'ending';
      this.closeDescription ??= error.message;
      return;
    }
    this.phase = 'closed';
    this.socketError = describeSocketError(error);
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  /** @internal */
  onClose(code: number, reason: string, wasClean: boolean): void {
    if (this.closeEmitted) return;
    this.wasClean = wasClean;
    // What this end closed with stays, unless the connection broke before the peer answered.
    const isBroken = code === CloseCode.Abnormal;
    if (isBroken && this.socketError !== null) {
      this.end('closed', code, this.socketError);
    } else if (this.closeReasonCode === -1) {
      const text = this.closeDescription ?? reason;
      const fallback = isBroken ? 'Connection dropped by remote peer.' : describeClose(code);
      this.end('closed', code, text === '' ? fallback : text);
    }
    this.phase = 'closed';
    this.emitClose();
  }

  private end(phase: 'ending' | 'closed', code: number, description: string): void {
    this.phase = phase;
    this.closeReasonCode = code;
    this.closeDescription = description;
    this.keepAlive?.stop();
  }

  private emitClose(): void {
    if (this.closeEmitted) return;
    this.closeEmitted = true;
    this.keepAlive?.stop();
    this.emit('close', this.closeReasonCode, this.closeDescription ?? '');
  }

  /** What sends messages when one can be sent; else the callback is told why not. */
  private readyToSend(callback: SendCallback | undefined): MessageWriter | null {
    const { writer } = this;
    if (writer === null || !this.connected) {
      return refuseSend('the connection is not open', callback);
    }
    const { maxSendQueueSize = 0 } = this.config;
    if (maxSendQueueSize === 0 || this.bufferedAmount <= maxSendQueueSize) return writer;
    this.drop(NodeCloseCauses.NotReading.code, NodeCloseCauses.NotReading.reason);
    return refuseSend(`more than ${maxSendQueueSize} bytes wait for the peer`, callback);
  }
}
