import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CloseCode } from '../protocol/close-code.js';
import { LimitError, UsageError, WebSocketError, type ProtocolError } from '../protocol/errors.js';
import { freshMaskingKey } from '../protocol/frame-encoder.js';
import type { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { FIN, RSV1 } from '../protocol/frame-header.js';
import type { TransportLimits } from '../protocol/limits.js';
import { Opcode } from '../protocol/opcode.js';
import { Protocol, type ProtocolSink, type Role } from '../protocol/protocol.js';
import { closePayload, closeReason } from './close-payload.js';
import { Heartbeat, type HeartbeatOwner } from './heartbeat.js';
import type { PreparedMessage } from './prepared-message.js';
import { SendQueue, type SendCallback } from './send-queue.js';
import { now } from './timer-wheel.js';
import { nextBusyTurn, nextTurn, type TurnTaker } from './turn-schedule.js';
import { ReadyState, SendResult, type Transport, type TransportListener } from './transport.js';

const EMPTY = Buffer.alloc(0);
const MAX_CONTROL_PAYLOAD = 125;
const kTransport = Symbol('transport');

interface TransportSocket extends Duplex {
  [kTransport]: SocketTransport;
}

/**
 * Joins the protocol to a socket. The only code that reads, writes, pauses or destroys one: above it
 * there are messages, below it bytes.
 */
export class SocketTransport implements Transport, ProtocolSink, HeartbeatOwner, TurnTaker {
  readyState: ReadyState = ReadyState.Open;

  private readonly parser: Protocol;
  private readonly queue: SendQueue;
  private readonly heartbeat: Heartbeat;
  private listener!: TransportListener;
  private started = false;
  private paused = false;
  private turnScheduled = false;
  private aboveSoftMark = false;
  // The newest ping that could not be answered yet, because the peer does not read.
  private owedPong: Buffer | null = null;
  private owedPongs = 0;

  private closeSent = false;
  private closeSeen = false;
  private failed = false;
  private ending = false;
  private closeCode: number = CloseCode.Abnormal;
  private closeText = '';

  /** @param head bytes that came behind the opening handshake in the same segment */
  constructor(
    private readonly socket: Duplex,
    private head: Buffer,
    private readonly role: Role,
    readonly protocol: string,
    private readonly limits: TransportLimits,
    private readonly deflate: PerMessageDeflate | null = null,
  ) {
    this.parser = new Protocol(role, limits, this, deflate === null ? null : deflate.inflater);
    this.queue = new SendQueue(socket, this);
    this.heartbeat = new Heartbeat(limits, this);
    (socket as TransportSocket)[kTransport] = this;
    // Shared functions, no closures: an idle connection should cost little more than its socket.
    socket.on('error', onSocketError);
    socket.on('close', onSocketClose);
    socket.on('end', onSocketEnd);
    const net = socket as Partial<Socket>;
    net.setTimeout?.(0);
    net.setNoDelay?.(true);
  }

  setListener(listener: TransportListener): void {
    this.listener = listener;
  }

  /** Starts reading, on the next tick, so that the caller can attach what it needs first. */
  start(): void {
    process.nextTick(begin, this);
  }

  get bufferedAmount(): number {
    return this.queue.bufferedBytes;
  }

  get latency(): number {
    return this.heartbeat.latency;
  }

  get remoteAddress(): string {
    return (this.socket as Partial<Socket>).remoteAddress ?? '';
  }

  get isPaused(): boolean {
    return this.paused;
  }

  /** Extensions agreed on, as the value of a Sec-WebSocket-Extensions header; '' for none. */
  get extensions(): string {
    return this.deflate === null ? '' : this.deflate.header;
  }

  sendText(text: string, compress = true): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    const length = Buffer.byteLength(text);
    const { deflate } = this;
    if (deflate !== null && compress && deflate.wants(length)) {
      const payload = deflate.compress(Buffer.from(text));
      this.queue.add(FIN | RSV1 | Opcode.Text, payload, this.maskingKey());
    } else {
      this.queue.addText(FIN | Opcode.Text, text, length, this.maskingKey());
    }
    return this.sent();
  }

  sendBinary(data: Uint8Array, compress = true): SendResult {
    return this.sendMessage(Opcode.Binary, data, compress);
  }

  /** Sends one whole message. @param opcode Text or Binary; text must be valid UTF-8 */
  sendMessage(opcode: number, payload: Uint8Array, compress: boolean): SendResult {
    const { deflate } = this;
    if (deflate === null || !compress || !deflate.wants(payload.length)) {
      return this.sendFrame(FIN | opcode, payload);
    }
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    return this.sendFrame(FIN | RSV1 | opcode, deflate.compress(payload));
  }

  sendPrepared(message: PreparedMessage): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    const { deflate } = this;
    const compress = deflate !== null && message.compress && deflate.wants(message.byteLength);
    if (this.role === 'client' || (compress && deflate.sharedKey === null)) {
      // A mask, or a state of its own: these bytes are for this connection alone.
      return this.sendMessage(message.opcode, message.payload, compress);
    }
    this.queue.addShared(compress ? message.compressedFrame(deflate) : message.frame);
    return this.sent();
  }

  /**
   * Sends one data frame as it stands; for messages in fragments.
   * @param first FIN, RSV bits and opcode
   */
  sendFrame(first: number, payload: Uint8Array): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    this.queue.add(first, payload, this.maskingKey());
    return this.sent();
  }

  /** Calls back once everything sent so far has left, or never will. */
  afterSent(callback: SendCallback): void {
    this.queue.afterSent(callback);
  }

  ping(payload: Uint8Array = EMPTY): SendResult {
    return this.sendControl(Opcode.Ping, payload);
  }

  pong(payload: Uint8Array = EMPTY): SendResult {
    return this.sendControl(Opcode.Pong, payload);
  }

  close(code?: number, reason: string | Uint8Array = ''): void {
    const payload = closePayload(code, reason);
    if (this.readyState !== ReadyState.Open) return;
    this.sendClose(payload);
    this.queue.flush();
  }

  terminate(): void {
    if (this.readyState === ReadyState.Closed) return;
    this.readyState = ReadyState.Closing;
    this.parser.end();
    this.socket.destroy();
  }

  pause(): void {
    if (this.paused || this.readyState === ReadyState.Closed) return;
    this.paused = true;
    this.parser.hold();
    this.socket.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    // The silence of a peer that was not listened to proves nothing; it counts from here.
    this.heartbeat.lastReceived = now();
    if (this.started) this.scheduleTurn();
  }

  // What the peer said (ProtocolSink).

  textReceived(payload: Buffer, ascii: boolean): void {
    this.listener.onText(payload, ascii);
  }

  binaryReceived(payload: Buffer): void {
    this.listener.onBinary(payload);
  }

  pingReceived(payload: Buffer): void {
    // RFC 6455 5.5.2: answered as soon as possible; of several pings only the last needs a pong.
    if (this.limits.autoPong && this.readyState === ReadyState.Open) {
      if (this.queue.blocked) this.owePong(payload);
      else this.queue.add(FIN | Opcode.Pong, payload, this.maskingKey());
    }
    this.listener.onPing(payload);
  }

  pongReceived(payload: Buffer): void {
    this.heartbeat.pongReceived();
    this.listener.onPong(payload);
  }

  closeReceived(code: number, reason: string): void {
    this.closeSeen = true;
    this.closeCode = code;
    this.closeText = reason;
    // RFC 6455 5.5.1: answer a Close frame with one, echoing its status code.
    if (!this.closeSent)
      this.sendClose(closePayload(code === CloseCode.NoStatus ? undefined : code, ''));
    // RFC 6455 7.1.1: the server closes TCP first, the client waits for it.
    this.discard(this.role === 'server');
  }

  violated(error: ProtocolError | LimitError): void {
    this.fail(error.closeCode, error);
  }

  // What the send queue reports.

  queueBlocked(): void {
    this.heartbeat.blocked();
  }

  queueEmptied(): void {
    const pong = this.owedPong;
    if (pong !== null) {
      this.owedPong = null;
      this.owedPongs = 0;
      if (this.readyState === ReadyState.Open) this.pong(pong);
    }
    if (this.ending) {
      this.endSocket();
    } else if (this.aboveSoftMark) {
      this.aboveSoftMark = false;
      this.listener.onDrain();
    }
  }

  // What the timer reports (HeartbeatOwner).

  sendHeartbeat(): void {
    this.ping();
  }

  isReading(): boolean {
    return !this.paused;
  }

  stalledSince(): number {
    return this.queue.blocked ? this.queue.progressAt : -1;
  }

  pongMissing(): void {
    this.giveUp(CloseCode.Abnormal, 'no pong within the time allowed', 'WS_ERR_PONG_TIMEOUT');
  }

  idleTooLong(): void {
    this.close(CloseCode.GoingAway, 'Idle for too long');
  }

  livedTooLong(): void {
    this.close(CloseCode.GoingAway, 'Maximum lifetime reached');
  }

  sendStalled(): void {
    this.giveUp(CloseCode.TryAgainLater, 'the peer does not read', 'WS_ERR_SEND_STALLED');
  }

  closeTimedOut(): void {
    this.socket.destroy();
  }

  private sendControl(opcode: number, payload: Uint8Array): SendResult {
    if (payload.length > MAX_CONTROL_PAYLOAD) {
      throw new UsageError(
        `Cannot send a control frame of ${payload.length} bytes: allowed are ${MAX_CONTROL_PAYLOAD}`,
      );
    }
    return this.sendFrame(FIN | opcode, payload);
  }

  private maskingKey(): number | undefined {
    return this.role === 'client' ? freshMaskingKey() : undefined;
  }

  private sent(): SendResult {
    const queue = this.queue;
    if (!queue.blocked) return SendResult.Sent;
    const { sendHardLimit, maxQueuedMessages, sendSoftMark } = this.limits;
    const bytes = queue.bufferedBytes;
    const frames = queue.waitingFrames;
    // A single message above the limit is let through: nothing else waits for the peer yet.
    const overBytes = sendHardLimit > 0 && bytes > sendHardLimit && frames > 1;
    if (overBytes || (maxQueuedMessages > 0 && frames > maxQueuedMessages)) {
      queue.dropWaiting();
      const found = `${bytes} bytes in ${frames} messages wait`;
      const error = new LimitError(
        `Cannot queue more: ${found}, allowed are ${sendHardLimit} bytes and ${maxQueuedMessages} messages`,
        'WS_ERR_SEND_QUEUE_FULL',
        CloseCode.TryAgainLater,
      );
      this.fail(error.closeCode, error);
      return SendResult.Closed;
    }
    if (bytes >= sendSoftMark) this.aboveSoftMark = true;
    return SendResult.Queued;
  }

  private owePong(payload: Buffer): void {
    const { maxPendingAutoPongs } = this.limits;
    this.owedPong = payload;
    this.owedPongs++;
    if (maxPendingAutoPongs === 0 || this.owedPongs <= maxPendingAutoPongs) return;
    const error = new LimitError(
      `Too many pending pongs: current value is ${this.owedPongs}, allowed are ${maxPendingAutoPongs}`,
      'WS_ERR_TOO_MANY_PENDING_PONGS',
      CloseCode.PolicyViolation,
    );
    this.fail(error.closeCode, error);
  }

  private sendClose(payload: Buffer): void {
    this.closeSent = true;
    this.readyState = ReadyState.Closing;
    this.queue.add(FIN | Opcode.Close, payload, this.maskingKey());
    this.heartbeat.closing();
  }

  /** RFC 6455 7.1.7, "Fail the WebSocket Connection": a Close frame if one can be sent, then TCP. */
  private fail(code: number, error: Error): void {
    if (this.failed || this.readyState === ReadyState.Closed) return;
    this.failed = true;
    this.parser.end();
    this.closeCode = code;
    if (!this.closeSent) this.sendClose(closePayload(code, closeReason(error.message)));
    this.discard(true);
    this.listener.onError(error);
  }

  /** Destroys a connection whose peer cannot be told any more. */
  private giveUp(code: number, why: string, errorCode: string): void {
    this.closeCode = code;
    this.failed = true;
    // Before the listener is told, for one that throws must not keep the socket.
    this.terminate();
    this.listener.onError(new WebSocketError(`Cannot keep the connection: ${why}`, errorCode));
  }

  /** Nothing the peer says counts any more; reading goes on so that its FIN is seen. */
  private discard(end: boolean): void {
    this.readyState = ReadyState.Closing;
    this.parser.end();
    this.heartbeat.closing();
    if (this.paused) {
      this.paused = false;
      this.socket.resume();
    }
    if (end) this.endAfterQueue();
  }

  private endAfterQueue(): void {
    this.ending = true;
    this.queue.flush();
    if (this.queue.waitingFrames === 0) this.endSocket();
  }

  private endSocket(): void {
    // Ending a socket twice makes Node build an Error nobody sees.
    if (!this.socket.writableEnded && this.socket.writable) this.socket.end();
  }

  private parse(chunk: Buffer | null): void {
    this.queue.cork();
    try {
      if (chunk === null) this.parser.resume();
      else this.parser.receive(chunk);
    } catch (error) {
      // The listener's error: the rest of the chunk is lost, so the connection cannot go on.
      this.fail(CloseCode.InternalError, new WebSocketError('Internal error', 'WS_ERR_LISTENER'));
      throw error;
    } finally {
      this.queue.uncork();
    }
    if (this.parser.pending && !this.paused) {
      this.socket.pause();
      this.scheduleTurn();
    }
  }

  private scheduleTurn(): void {
    if (this.turnScheduled) return;
    this.turnScheduled = true;
    if (this.parser.busy) nextBusyTurn(this);
    else nextTurn(this);
  }

  /** @internal */
  begin(): void {
    this.started = true;
    if (this.readyState === ReadyState.Closed) return;
    this.socket.on('data', onSocketData);
    const head = this.head;
    this.head = EMPTY;
    if (head.length > 0) this.received(head);
    if (!this.paused && !this.turnScheduled) this.socket.resume();
  }

  /** @internal */
  received(chunk: Buffer): void {
    this.heartbeat.lastReceived = now();
    this.parse(chunk);
  }

  /** @internal */
  get turnsAtOnce(): number {
    return this.deflate === null ? 1 : this.deflate.concurrencyLimit;
  }

  /** @internal */
  takeTurn(): void {
    this.turnScheduled = false;
    if (this.paused || this.readyState === ReadyState.Closed) return;
    this.parse(null);
    if (!this.paused && !this.turnScheduled) this.socket.resume();
  }

  /** @internal */
  socketEnded(): void {
    // A FIN without a Close frame: nothing more will come, but what was sent may still be read.
    this.drainParser();
    if (this.readyState === ReadyState.Open) this.readyState = ReadyState.Closing;
    this.heartbeat.closing();
    this.endAfterQueue();
  }

  /** @internal */
  socketFailed(error: Error): void {
    if (this.readyState === ReadyState.Open) this.readyState = ReadyState.Closing;
    if (!this.failed) this.listener.onError(error);
    this.socket.destroy();
  }

  /** @internal */
  socketClosed(): void {
    try {
      this.drainParser();
    } finally {
      // Also when the listener threw at one of the last messages.
      this.readyState = ReadyState.Closed;
      this.parser.end();
      this.deflate?.end();
      this.heartbeat.stop();
      this.queue.abandon();
      this.listener.onClose(this.closeCode, this.closeText, this.closeSent && this.closeSeen);
    }
  }

  /** Messages the frame budget left over were received: they are handed out before the end is. */
  private drainParser(): void {
    while (this.parser.pending && !this.paused) this.parse(null);
  }
}

function begin(transport: SocketTransport): void {
  transport.begin();
}

function onSocketData(this: TransportSocket, chunk: Buffer): void {
  this[kTransport].received(chunk);
}

function onSocketEnd(this: TransportSocket): void {
  this[kTransport].socketEnded();
}

function onSocketError(this: TransportSocket, error: Error): void {
  this[kTransport].socketFailed(error);
}

function onSocketClose(this: TransportSocket): void {
  this[kTransport].socketClosed();
}
