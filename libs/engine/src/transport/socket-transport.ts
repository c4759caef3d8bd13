import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { diagnostics, publishMessage } from '../runtime/diagnostics.js';
import { decodeText } from '../bytes/buffer-text.js';
import { MAX_CONTROL_PAYLOAD } from '../protocol/control-payload.js';
import { CloseCauses } from '../protocol/close-causes.js';
import { CloseCode } from '../protocol/close-code.js';
import { copyBytes } from '../bytes/copy-bytes.js';
import { LimitError, UsageError, WebSocketError, type ProtocolError } from '../protocol/errors.js';
import { freshMaskingKey } from '../protocol/frame-encoder.js';
import { FIN } from '../protocol/frame-header.js';
import type { TransportLimits } from '../protocol/limits.js';
import { Opcode, isControl } from '../protocol/opcode.js';
import type { Protocol, ProtocolSink, Role } from '../protocol/protocol.js';
import { closePayload, closeReason } from './close-payload.js';
import { Ending } from './ending.js';
import { flushThisTurn, type Flushable } from '../runtime/flush-schedule.js';
import { Heartbeat, type HeartbeatOwner } from './heartbeat.js';
import { borrowParser, borrowSender, returnParser, returnSender } from './lent-parts.js';
import { receiveBudget, type BudgetMember } from '../runtime/memory-budget.js';
import type { MaskSource, MessageSender, SenderOwner } from '../sending/message-sender.js';
import type { PreparedMessage } from '../sending/prepared-message.js';
import type { DropRule, SendPolicy } from '../sending/send-policy.js';
import { writeWhole } from '../sending/send-queue.js';
import { tellLost, type SendCallback } from '../sending/send-waiters.js';
import { ownSocket, readOwned, type SocketOwner } from './socket-events.js';
import { now } from '../runtime/timer-wheel.js';
import { SendResult } from '../sending/send-result.js';
import { ReadyState, type Transport, type TransportListener } from './transport.js';
import { nextBusyTurn, nextTurn, type TurnTaker } from '../runtime/turn-schedule.js';

const EMPTY = Buffer.alloc(0);

/**
 * Joins the protocol to a socket, which it alone pauses, resumes, ends and destroys: above it
 * there are messages, below it bytes.
 */
export class SocketTransport
  implements
    Transport,
    ProtocolSink,
    HeartbeatOwner,
    SenderOwner,
    TurnTaker,
    BudgetMember,
    Flushable,
    SocketOwner
{
  readyState: ReadyState = ReadyState.Open;

  // Both only while they have something to do: most connections are silent most of the time.
  private parser: Protocol | null = null;
  private sender: MessageSender | null = null;
  private readonly heartbeat: Heartbeat;
  private listener!: TransportListener;
  private started = false;
  private paused = false;
  private turnScheduled = false;
  // What this connection has reported to the budget of incomplete messages.
  private heldBytes = 0;
  // A frame shared with other connections, while it is all that leaves at the end of this turn.
  private shared: Buffer | null = null;
  // Made when the connection begins to end.
  private ending: Ending | null = null;
  // Where a client's masking keys come from; null for a server, which masks nothing.
  private readonly maskSource: MaskSource | null;

  /** @param head bytes that came behind the opening handshake in the same segment */
  constructor(
    private readonly socket: Duplex,
    head: Buffer,
    private readonly role: Role,
    readonly protocol: string,
    private readonly limits: TransportLimits,
    private readonly deflate: PerMessageDeflate | null = null,
    maskSource: MaskSource = freshMaskingKey,
  ) {
    this.maskSource = role === 'client' ? maskSource : null;
    this.heartbeat = new Heartbeat(limits, this);
    if (head.length > 0) socket.unshift(head);
    ownSocket(socket, this);
    const net = socket as Partial<Socket>;
    net.setTimeout?.(0);
    net.setNoDelay?.(true);
    if (diagnostics.open.hasSubscribers) diagnostics.open.publish({ transport: this, role });
  }

  setListener(listener: TransportListener): void {
    this.listener = listener;
  }

  /** Starts reading, on the next tick, so that the caller can attach what it needs first. */
  start(): void {
    process.nextTick(begin, this);
  }

  get bufferedAmount(): number {
    const shared = this.shared === null ? 0 : this.shared.length;
    return this.sender === null
      ? this.socket.writableLength + shared
      : this.sender.queue.bufferedBytes;
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

  sendText(text: string, compress = true, rule?: DropRule): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    return this.openSender().text(text, compress, rule);
  }

  sendBinary(data: Uint8Array, compress = true, rule?: DropRule): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    return this.openSender().message(Opcode.Binary, data, compress, rule);
  }

  /** Sends one whole message. @param opcode Text or Binary; text must be valid UTF-8 */
  sendMessage(opcode: number, payload: Uint8Array, compress: boolean): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    return this.openSender().message(opcode, payload, compress);
  }

  sendPrepared(message: PreparedMessage, rule?: DropRule): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    if (this.sender !== null || this.shared !== null || !this.mayShare) {
      return this.openSender().prepared(message, rule);
    }
    publishMessage(diagnostics.sent, this, message.byteLength, message.opcode === Opcode.Binary);
    this.shared = message.frame;
    flushThisTurn(this);
    return SendResult.Sent;
  }

  /** Whether a prepared frame may leave as it is: neither masked nor compressed. */
  private get mayShare(): boolean {
    return this.maskSource === null && this.deflate === null;
  }

  /** @internal */
  flushOnSchedule(): void {
    const frame = this.shared;
    if (frame === null) return;
    this.shared = null;
    if (writeWhole(this.socket, frame)) return;
    this.openSender().queue.handedOver(frame.length);
    this.restSender();
  }

  /**
   * Sends one data frame as it stands; for messages in fragments.
   * @param first FIN, RSV bits and opcode
   */
  sendFrame(first: number, payload: Uint8Array): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    return this.openSender().frame(first, payload);
  }

  /** Calls back once everything sent so far has left, or never will: as what hit a limit, or came late. */
  afterSent(callback: SendCallback): void {
    if (this.readyState === ReadyState.Closed || this.ending?.failed === true) tellLost(callback);
    else this.openSender().queue.afterSent(callback);
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
    this.sender?.queue.flush();
    if (!this.paused) return;
    // The peer's Close frame is only seen by reading; messages are no longer wanted.
    this.beginEnding().muted = true;
    this.resume();
  }

  terminate(): void {
    if (this.readyState === ReadyState.Closed) return;
    this.readyState = ReadyState.Closing;
    this.stopParsing();
    // What was sent before leaves as far as the operating system takes it at once.
    this.flushOnSchedule();
    this.sender?.queue.flush();
    this.socket.destroy();
  }

  pause(): void {
    if (this.paused || this.readyState === ReadyState.Closed) return;
    this.paused = true;
    this.parser?.hold();
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

  textReceived(payload: Buffer, ascii: boolean): boolean {
    if (this.isMuted) return false;
    const { length } = payload;
    publishMessage(diagnostics.received, this, length, false);
    const { listener } = this;
    if (listener.onString === undefined) {
      listener.onText?.(payload, ascii);
      return true;
    }
    listener.onString(decodeText(payload, ascii), length);
    return false;
  }

  textInChunk(chunk: Buffer, start: number, end: number, ascii: boolean): void {
    const { listener } = this;
    if (listener.onString === undefined) {
      this.textReceived(copyBytes(chunk, start, end), ascii);
      return;
    }
    if (this.isMuted) return;
    publishMessage(diagnostics.received, this, end - start, false);
    listener.onString(decodeText(chunk, ascii, start, end), end - start);
  }

  binaryReceived(payload: Buffer): void {
    if (this.isMuted) return;
    publishMessage(diagnostics.received, this, payload.length, true);
    this.listener.onBinary(payload);
  }

  pingReceived(payload: Buffer): void {
    // RFC 6455 5.5.2: answered as soon as possible, unless a Close frame was sent.
    if (this.limits.autoPong && this.readyState === ReadyState.Open)
      this.openSender().answerPing(payload);
    this.listener.onPing(payload);
  }

  pongReceived(payload: Buffer): void {
    this.heartbeat.pongReceived();
    this.listener.onPong(payload);
  }

  frameReceived(fin: boolean, rsv: number, opcode: number, payload: Buffer): void {
    if (this.isMuted && !isControl(opcode)) return;
    this.listener.onFrame?.(fin, rsv, opcode, payload);
  }

  closeReceived(code: number, reason: string): void {
    const ending = this.beginEnding();
    ending.closeSeen = true;
    ending.code = code;
    ending.reason = reason;
    // RFC 6455 5.5.1: answer a Close frame with one, echoing its status code and reason.
    if (!ending.closeSent) {
      this.sendClose(closePayload(code === CloseCode.NoStatus ? undefined : code, reason));
    }
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

  queueOverBudget(): void {
    this.sender?.giveWay();
  }

  queueEmptied(): void {
    const { sender } = this;
    if (sender === null) return;
    if (this.readyState === ReadyState.Open) sender.payOwedPong();
    if (this.ending?.socketEnds === true) {
      this.endSocket();
    } else if (sender.aboveSoftMark) {
      sender.aboveSoftMark = false;
      this.listener.onDrain();
    }
    this.restSender();
  }

  queueFlushed(): void {
    this.restSender();
  }

  // What the sender reports (SenderOwner).

  sendLimitHit(error: LimitError): void {
    this.fail(error.closeCode, error);
  }

  messagesDropped(messages: number, policy: SendPolicy): void {
    this.listener.onDropped?.(messages, policy);
  }

  // What the timer reports (HeartbeatOwner).

  isReading(): boolean {
    return !this.paused;
  }

  stalledSince(): number {
    const queue = this.sender?.queue;
    return queue?.blocked === true ? queue.progressAt : -1;
  }

  /** @internal Destroys a connection whose peer cannot be told any more. */
  giveUp(code: number, why: string, errorCode: string): void {
    const ending = this.beginEnding();
    ending.code = code;
    ending.failed = true;
    // Before the listener is told, for one that throws must not keep the socket.
    this.terminate();
    const error = new WebSocketError(`Cannot keep the connection: ${why}`, errorCode);
    this.publishLimit(error);
    this.listener.onError(error);
  }

  private sendControl(opcode: number, payload: Uint8Array): SendResult {
    if (payload.length > MAX_CONTROL_PAYLOAD) {
      throw new UsageError(
        `Cannot send a control frame of ${payload.length} bytes: allowed are ${MAX_CONTROL_PAYLOAD}`,
      );
    }
    return this.sendFrame(FIN | opcode, payload);
  }

  private sendClose(payload: Buffer): void {
    this.beginEnding().closeSent = true;
    this.readyState = ReadyState.Closing;
    this.openSender().close(payload);
    this.heartbeat.closing();
  }

  /** RFC 6455 7.1.7, "Fail the WebSocket Connection": a Close frame if one can be sent, then TCP. */
  private fail(code: number, error: Error): void {
    if (this.ending?.failed === true || this.readyState === ReadyState.Closed) return;
    const ending = this.beginEnding();
    ending.failed = true;
    ending.code = code;
    this.stopParsing();
    if (!ending.closeSent) this.sendClose(closePayload(code, closeReason(error.message)));
    this.discard(true);
    if (error instanceof LimitError) this.publishLimit(error);
    this.listener.onError(error);
  }

  private get isMuted(): boolean {
    return this.ending !== null && this.ending.muted;
  }

  private beginEnding(): Ending {
    return (this.ending ??= new Ending());
  }

  private openSender(): MessageSender {
    const sender = (this.sender ??= this.takeSender());
    if (this.shared !== null) {
      sender.queue.addShared(this.shared);
      this.shared = null;
    }
    return sender;
  }

  private takeSender(): MessageSender {
    return borrowSender(this.socket, this.limits, this.deflate, this, this.maskSource);
  }

  /** Only called where nothing of the sender is running. */
  private restSender(): void {
    if (this.sender !== null && returnSender(this.sender)) this.sender = null;
  }

  private takeParser(): Protocol {
    const parser = borrowParser(this.role, this.limits, this, this.deflate);
    if (this.listener.onFrame !== undefined) parser.handOutFrames();
    return parser;
  }

  /** From here on no byte has a meaning. */
  private stopParsing(): void {
    this.beginEnding().deaf = true;
    this.parser?.end();
    this.parser = null;
  }

  private publishLimit(error: Error): void {
    if (diagnostics.limit.hasSubscribers) diagnostics.limit.publish({ transport: this, error });
  }

  /** Nothing the peer says counts any more; reading goes on so that its FIN is seen. */
  private discard(end: boolean): void {
    this.readyState = ReadyState.Closing;
    this.stopParsing();
    this.heartbeat.closing();
    if (this.paused) {
      this.paused = false;
      this.socket.resume();
    }
    if (end) this.endAfterQueue();
  }

  private endAfterQueue(): void {
    this.beginEnding().socketEnds = true;
    if (this.sender !== null || this.shared !== null) {
      const { queue } = this.openSender();
      queue.flush();
      if (queue.waitingFrames > 0) return;
    }
    this.endSocket();
  }

  private endSocket(): void {
    // Ending a socket twice makes Node build an Error nobody sees.
    if (!this.socket.writableEnded && this.socket.writable) this.socket.end();
  }

  /** @param chunk what came, or null to go on with what is left of what came before */
  private parse(chunk: Buffer | null, length: number): void {
    if (this.ending !== null && this.ending.deaf) return;
    const parser = (this.parser ??= this.takeParser());
    const { queue } = this.openSender();
    queue.cork();
    try {
      if (this.paused) parser.hold();
      if (chunk === null) parser.resume();
      else parser.receive(chunk, length);
    } catch (error) {
      // The listener's error: the rest of the chunk is lost, so the connection cannot go on.
      const { code, reason } = CloseCauses.ListenerFailed;
      this.fail(code, new WebSocketError(reason, 'WS_ERR_LISTENER'));
      throw error;
    } finally {
      queue.uncork();
    }
    this.restSender();
    const held = this.parser === null ? 0 : parser.heldBytes;
    if (held !== this.heldBytes) this.holds(held);
    if (this.parser === null) return;
    if (parser.pending && !this.paused) {
      this.socket.pause();
      this.scheduleTurn();
    } else if (returnParser(parser)) {
      this.parser = null;
    }
  }

  private holds(bytes: number): void {
    this.heldBytes = bytes;
    receiveBudget.set(this, bytes);
  }

  /** @internal */
  budgetExceeded(): void {
    const bytes = this.heldBytes;
    this.heldBytes = 0;
    const { code, reason } = CloseCauses.ReceiveBudget;
    this.fail(
      code,
      new LimitError(reason(bytes, receiveBudget.limit), 'WS_ERR_RECEIVE_BUDGET', code),
    );
  }

  private scheduleTurn(): void {
    if (this.turnScheduled) return;
    this.turnScheduled = true;
    if (this.parser?.busy === true) nextBusyTurn(this);
    else nextTurn(this);
  }

  /** @internal */
  begin(): void {
    this.started = true;
    if (this.readyState === ReadyState.Closed) return;
    readOwned(this.socket);
    if (!this.paused && !this.turnScheduled) this.socket.resume();
  }

  /** @internal */
  received(chunk: Buffer, length: number): void {
    this.heartbeat.lastReceived = now();
    // Node's stream reads on when it was resumed and paused in the same tick; what came is held below.
    if (this.paused) this.socket.pause();
    this.parse(chunk, length);
  }

  /** @internal */
  get turnsAtOnce(): number {
    return this.deflate === null ? 1 : this.deflate.concurrencyLimit;
  }

  /** @internal */
  takeTurn(): void {
    this.turnScheduled = false;
    if (this.paused || this.readyState === ReadyState.Closed) return;
    if (this.parser !== null) this.parse(null, 0);
    if (this.paused || this.turnScheduled) return;
    if (this.socket.readableEnded) this.socketEnded();
    else this.socket.resume();
  }

  /** @internal */
  socketEnded(): void {
    // A FIN without a Close frame: nothing more will come, but what was sent may still be read.
    this.drainParser();
    // TLS tells it to a paused connection, too: then it counts when what came before is handed out.
    if (this.paused && this.parser !== null && this.parser.pending) return;
    if (this.readyState === ReadyState.Open) this.readyState = ReadyState.Closing;
    this.heartbeat.closing();
    this.endAfterQueue();
  }

  /** @internal */
  socketFailed(error: Error): void {
    if (this.readyState === ReadyState.Open) this.readyState = ReadyState.Closing;
    if (this.ending?.failed !== true) this.listener.onError(error);
    this.socket.destroy();
  }

  /** @internal */
  socketClosed(): void {
    try {
      this.drainParser();
    } finally {
      // Also when the listener threw at one of the last messages.
      this.readyState = ReadyState.Closed;
      this.stopParsing();
      if (this.heldBytes > 0) this.holds(0);
      this.deflate?.end();
      this.heartbeat.stop();
      this.sender?.queue.abandon();
      this.shared = null;
      const { code, reason, wasClean } = this.beginEnding();
      if (diagnostics.close.hasSubscribers) {
        diagnostics.close.publish({ transport: this, code, reason, wasClean });
      }
      this.listener.onClose(code, reason, wasClean);
    }
  }

  /** Messages the frame budget left over were received: they are handed out before the end is. */
  private drainParser(): void {
    // What is left to inflate is dropped: a peer that is gone must not keep us busy.
    while (this.parser !== null && this.parser.pending && !this.parser.busy && !this.paused) {
      this.parse(null, 0);
    }
  }
}

function begin(transport: SocketTransport): void {
  transport.begin();
}
