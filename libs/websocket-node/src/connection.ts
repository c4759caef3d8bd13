import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import {
  CloseCode,
  Opcode,
  ReadyState,
  SendResult,
  SocketTransport,
  WebSocketError,
  closeReason,
  decodeText,
  isSendableCloseCode,
  type PreparedMessage,
  type SendCallback,
  type TransportListener,
  MAX_CONTROL_PAYLOAD,
} from '#engine';
import { CLOSE_DESCRIPTIONS, describeClose } from './close-reasons.js';
import type { ConnectionConfig } from './config.js';
import { connectionLimits } from './connection-limits.js';
import { debug } from './debug.js';
import { WebSocketFrame } from './frame.js';
import { KeepAlive, type KeepAliveOwner } from './keep-alive.js';
import { bytesOf, controlPayload, toText, type Message, type Stringified } from './message.js';
import { MessageWriter } from './message-writer.js';
import { PongWriter } from './pong-writer.js';
import { NodeCloseCauses } from './close-causes.js';

const EMPTY = Buffer.alloc(0);
/** `peer_requested_close`: the peer has begun to close; `ending`: this end has. */
export type ConnectionState = 'open' | 'peer_requested_close' | 'ending' | 'closed';

/** Called, or marked with `cancel = true`, to send no pong. */
export interface CancelPong {
  (): void;
  cancel?: boolean;
}

/** Events of a connection. */
export interface ConnectionEvents {
  message: [message: Message];
  /** With `assembleFragments: false`: each frame, control frames too. */
  frame: [frame: WebSocketFrame];
  /** Exactly once, last. */
  close: [reasonCode: number, description: string];
  /** The socket failed; `close` follows. Not emitted where nobody listens. */
  error: [error: Error];
  ping: [cancel: CancelPong, data: Buffer];
  pong: [data: Buffer];
  /** All that waited for the peer to read has left; follows a `send` that returned false. */
  drain: [];
  pause: [];
  resume: [];
}

/**
 * An open connection, at either end. Follows `require('websocket').connection`: made by
 * `request.accept` and by a client.
 */
export class WebSocketConnection
  extends EventEmitter<ConnectionEvents>
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
    const transport = new SocketTransport(
      socket,
      EMPTY,
      maskOutgoingPackets ? 'client' : 'server',
      protocol ?? '',
      connectionLimits(config),
    );
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
    // A message that is to be compressed goes whole: a fragment cannot be compressed by itself (RFC 7692 6.1).
    const fragments = config.fragmentOutgoingMessages && transport.extensions === '';
    const threshold = fragments ? (config.fragmentationThreshold ?? Infinity) : Infinity;
    this.writer = new MessageWriter(transport, threshold);
    if (config.disableNagleAlgorithm === false) socket.setNoDelay(false);
    if (!config.keepalive) return;
    const { keepaliveInterval = 0, keepaliveGracePeriod = 0 } = config;
    if (config.useNativeKeepalive) {
      socket.setKeepAlive(true, keepaliveInterval);
      return;
    }
    const grace = config.dropConnectionOnKeepaliveTimeout ? keepaliveGracePeriod : 0;
    this.keepAlive = new KeepAlive(keepaliveInterval, grace, this);
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
    return (
      this.transport !== null && this.bufferedAmount >= connectionLimits(this.config).sendSoftMark
    );
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
    const writer = this.readyToSend(callback);
    return writer !== null && this.sent(writer, writer.text(text), callback);
  }

  /**
   * Sends a binary message. `data` may be used again at once. See `send`.
   * @throws {TypeError} for what are no bytes
   */
  sendBytes(data: Uint8Array, callback?: SendCallback): boolean {
    const bytes = bytesOf(data);
    if (bytes === null) throw new TypeError('Cannot send a binary message: a Buffer is needed');
    const writer = this.readyToSend(callback);
    return writer !== null && this.sent(writer, writer.binary(bytes), callback);
  }

  /** Sends a message that was encoded once for many connections. See `send`. */
  sendPrepared(message: PreparedMessage): boolean {
    const writer = this.readyToSend(undefined);
    return writer !== null && this.sent(writer, writer.prepared(message), undefined);
  }

  /**
   * Sends one frame as it stands, masked if this end masks; fragments of a message are the caller's to
   * put in order (RFC 6455 5.4). A Close frame closes the connection.
   */
  sendFrame(frame: WebSocketFrame, callback?: SendCallback): boolean {
    const writer = this.readyToSend(callback);
    if (writer === null) return false;
    if (frame.opcode !== Opcode.Close) return this.sent(writer, writer.frame(frame), callback);
    const code = frame.closeStatus === -1 ? undefined : frame.closeStatus;
    this.close(code, String(frame.binaryPayload ?? ''));
    return this.sent(writer, SendResult.Sent, callback);
  }

  /** Sends a ping with bytes or text, cut to the 125 bytes a control frame may have. */
  ping(data?: Stringified | null): void {
    this.transport?.ping(controlPayload(data).subarray(0, MAX_CONTROL_PAYLOAD));
  }

  /** Sends a pong. Pings are answered without it. */
  pong(binaryPayload?: Stringified | null): void {
    this.transport?.pong(controlPayload(binaryPayload).subarray(0, MAX_CONTROL_PAYLOAD));
  }

  /**
   * Starts the closing handshake, behind all that was sent. What the peer sends from here on is not
   * handed out. The socket is destroyed if the peer does not
   * answer within `closeTimeout`. Does nothing when it is not open any more.
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
    let cancelled = false;
    if (this.listenerCount('ping') > 0) {
      const cancel: CancelPong = () => {
        cancelled = true;
      };
      this.emit('ping', cancel, payload);
      cancelled ||= cancel.cancel === true;
    }
    if (!cancelled) this.pongs?.answer(payload);
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

  // What the keep-alive asks and reports.

  /** @internal */
  get bytesRead(): number {
    return this.socket.bytesRead;
  }

  /** Whether reading is stopped. */
  get isPaused(): boolean {
    return this.transport?.isPaused ?? false;
  }

  /** @internal */
  sendPing(): void {
    this.ping();
  }

  /** @internal */
  peerIsSilent(): void {
    this.drop(NodeCloseCauses.PeerLost.code, NodeCloseCauses.PeerLost.reason, true);
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
    const { maxSendQueueSize = 0 } = this.config;
    let problem = 'the connection is not open';
    if (writer !== null && this.connected) {
      if (maxSendQueueSize === 0 || this.bufferedAmount <= maxSendQueueSize) return writer;
      problem = `more than ${maxSendQueueSize} bytes wait for the peer`;
      this.drop(NodeCloseCauses.NotReading.code, NodeCloseCauses.NotReading.reason);
    }
    if (callback) {
      process.nextTick(callback, new WebSocketError(`Cannot send: ${problem}`, 'WS_ERR_NOT_OPEN'));
    }
    return null;
  }

  private sent(
    { transport }: MessageWriter,
    result: SendResult,
    callback: SendCallback | undefined,
  ): boolean {
    if (callback) transport.afterSent(callback);
    return result === SendResult.Sent || (result === SendResult.Queued && !this.outputBufferFull);
  }
}

function describeSocketError(error: NodeJS.ErrnoException): string {
  return `Socket Error: ${error.syscall ?? ''} ${error.code ?? error.message}`;
}
