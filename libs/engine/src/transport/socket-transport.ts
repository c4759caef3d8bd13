import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { closePayload } from '../protocol/close-payload.js';
import { Closing, ClosingAction } from '../protocol/closing.js';
import { LimitError, WebSocketError } from '../protocol/errors.js';
import { freshMaskingKey } from '../protocol/frame-encoder.js';
import type { TransportLimits } from '../protocol/limits.js';
import type { Role } from '../protocol/protocol.js';
import { diagnostics } from '../runtime/diagnostics.js';
import { now } from '../runtime/timer-wheel.js';
import type { MaskSource } from '../sending/message-sender.js';
import type { SendPolicy } from '../sending/send-policy.js';
import { Flow, LOOK_LIMIT } from './flow.js';
import { Heartbeat, type HeartbeatOwner } from './heartbeat.js';
import { abandonSocket, peerAddressOf } from '../sending/http2-stream.js';
import { borrowReceiver, returnReceiver } from './lent-parts.js';
import type { MessageReceiver, ReceiverOwner } from './message-receiver.js';
import { ownSocket, readOwned, type SocketOwner } from './socket-events.js';
import { readBuffered } from './socket-reader.js';
import { TurnShare } from './turn-share.js';
import { ReadyState, type Transport, type TransportListener } from './transport.js';

/**
 * Joins the protocol to a socket, which it alone pauses, resumes, ends and destroys: above it
 * there are messages, below it bytes.
 */
export class SocketTransport
  extends TurnShare
  implements Transport, ReceiverOwner, HeartbeatOwner, SocketOwner
{
  /** @internal */
  listener!: TransportListener;
  // Only while something is being received: most connections are silent most of the time.
  private receiver: MessageReceiver | null = null;
  private readonly heartbeat: Heartbeat;
  private started = false;
  private flow: Flow = Flow.Open;

  /** @param head bytes that came behind the opening handshake in the same segment */
  constructor(
    socket: Duplex,
    head: Buffer,
    private readonly role: Role,
    readonly protocol: string,
    limits: TransportLimits,
    deflate: PerMessageDeflate | null = null,
    maskSource: MaskSource = freshMaskingKey,
  ) {
    super(socket, limits, deflate, role === 'client' ? maskSource : null);
    this.heartbeat = new Heartbeat(limits, this);
    // A copy: it is unmasked where it is, and whoever took it from the request may look at it again.
    if (head.length > 0) socket.unshift(Buffer.from(head));
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

  get readyState(): ReadyState {
    if (this.closing === null) return ReadyState.Open;
    return this.closing.state === 'closed' ? ReadyState.Closed : ReadyState.Closing;
  }

  get latency(): number {
    return this.heartbeat.latency;
  }

  get remoteAddress(): string {
    return peerAddressOf(this.socket);
  }

  get isPaused(): boolean {
    return this.flow !== Flow.Open;
  }

  /** Extensions agreed on, as the value of a Sec-WebSocket-Extensions header; '' for none. */
  get extensions(): string {
    return this.deflate === null ? '' : this.deflate.header;
  }

  close(code?: number, reason: string | Uint8Array = ''): void {
    const frame = closePayload(code, reason);
    if (this.closing === null) this.act(this.beginClosing().close(frame, this.isPaused));
  }

  terminate(): void {
    this.act(this.beginClosing().terminate());
  }

  pause(): void {
    // Of an end that is under way nothing may be hidden: the peer's FIN is what it waits for.
    if (this.isPaused || (this.closing !== null && this.closing.isDeaf)) return;
    this.flow = Flow.Paused;
    this.receiver?.hold();
    this.socket.pause();
    this.heartbeat.paused();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.flow = Flow.Open;
    // The silence of a peer that was not listened to proves nothing; it counts from here.
    this.heartbeat.lastReceived = now();
    if (this.started) (this.receiver ??= this.takeReceiver()).scheduleTurn();
  }

  // What the receiver reports (ReceiverOwner).

  /** @internal */
  pongReceived(): void {
    this.heartbeat.pongReceived();
  }

  /** @internal */
  closeReceived(code: number, reason: string): void {
    this.act(this.beginClosing().peerClosed(code, reason));
  }

  /** @internal */
  receivingFailed(code: number, error: Error): void {
    this.fail(code, error);
  }

  /** @internal */
  turnTaken(receiver: MessageReceiver): void {
    if (this.readyState === ReadyState.Closed) return;
    this.settle(receiver, true);
    if (this.isPaused || this.receiver?.turnScheduled === true) return;
    if (this.socket.closed) this.socketClosed();
    else if (this.socket.readableEnded) this.socketEnded();
    else this.socket.resume();
  }

  // What the send queue reports.

  queueBlocked(): void {
    this.heartbeat.blocked();
  }

  queueEmptied(): void {
    const { sender } = this;
    if (sender === null) return;
    if (this.closing === null) sender.payOwedPong();
    const todo = this.closing === null ? ClosingAction.None : this.closing.queueEmptied();
    if (todo !== ClosingAction.None) {
      this.act(todo);
    } else if (sender.aboveSoftMark) {
      sender.aboveSoftMark = false;
      this.listener.onDrain();
    }
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
    return this.flow !== Flow.Paused;
  }

  /**
   * Reads a paused connection's socket until something comes: a FIN, an error, or bytes, which are held as
   * what came before the pause is. With as much held as `LOOK_LIMIT` it is left alone: then a pong may stand
   * behind messages nobody has taken, and silence proves nothing.
   * @returns whether it is read
   */
  look(): boolean {
    if (!this.isPaused || !this.started || this.socket.readableEnded) return false;
    if (this.receiver !== null && this.receiver.waitingBytes >= LOOK_LIMIT) return false;
    this.flow = Flow.Looking;
    this.socket.resume();
    return true;
  }

  /** @internal Destroys a connection whose peer cannot be told any more. */
  giveUp(code: number, why: string, errorCode: string): void {
    // Before the listener is told, for one that throws must not keep the socket.
    this.act(this.beginClosing().giveUp(code));
    const error = new WebSocketError(`Cannot keep the connection: ${why}`, errorCode);
    this.publishLimit(error);
    this.listener.onError(error);
  }

  private fail(code: number, error: Error): void {
    const todo = this.beginClosing().fail(code, error.message);
    this.act(todo);
    if ((todo & ClosingAction.TellError) === 0) return;
    if (error instanceof LimitError) this.publishLimit(error);
    this.listener.onError(error);
  }

  private beginClosing(): Closing {
    return (this.closing ??= new Closing(this.role));
  }

  private act(todo: number): void {
    if ((todo & ClosingAction.StopParsing) !== 0) this.stopReceiving();
    if ((todo & ClosingAction.SendClose) !== 0) this.openSender().close(this.closing!.frame);
    if ((todo & ClosingAction.StartDeadline) !== 0) this.heartbeat.closing();
    if ((todo & ClosingAction.Flush) !== 0) this.flush();
    if ((todo & ClosingAction.ReadOn) !== 0 && this.isPaused) this.readOn();
    if ((todo & ClosingAction.EndAfterQueue) !== 0) this.endAfterQueue();
    if ((todo & ClosingAction.EndNow) !== 0) this.endSocket();
    if ((todo & ClosingAction.Destroy) !== 0) abandonSocket(this.socket);
  }

  private readOn(): void {
    if (this.closing!.isDeaf) {
      this.flow = Flow.Open;
      this.socket.resume();
    } else {
      this.resume();
    }
  }

  private stopReceiving(): void {
    this.receiver?.end();
    this.receiver = null;
    // Nothing is left to be handed out first: it was what the end had waited for.
    if (this.socket.closed && this.readyState !== ReadyState.Closed) process.nextTick(close, this);
  }

  private takeReceiver(): MessageReceiver {
    return borrowReceiver(this, this.role, this.limits, this.deflate);
  }

  private publishLimit(error: Error): void {
    if (diagnostics.limit.hasSubscribers) diagnostics.limit.publish({ transport: this, error });
  }

  private endAfterQueue(): void {
    if (this.flushAll()) this.endSocket();
  }

  private endSocket(): void {
    // Ending a socket twice makes Node build an Error nobody sees.
    if (!this.socket.writableEnded && this.socket.writable) this.socket.end();
  }

  /**
   * What becomes of a receiver that has received: it goes on in another turn, stays or goes back.
   * @param more whether another read may come in this turn: to pause costs more than a small message, to
   *   hold what comes all the same a copy
   */
  private settle(receiver: MessageReceiver, more: boolean): void {
    this.restSender();
    // It was let go of when the connection began to end.
    if (this.receiver !== receiver) return;
    const isSpent = this.framesLeft <= 0;
    if (!more && !receiver.pending) this.lastRead();
    if ((receiver.pending || receiver.busy || (isSpent && more)) && !this.isPaused) {
      this.socket.pause();
      receiver.scheduleTurn();
    } else if (returnReceiver(receiver)) {
      this.receiver = null;
    }
  }

  /** @internal */
  begin(): void {
    this.started = true;
    if (this.readyState === ReadyState.Closed) return;
    readOwned(this.socket, this.node);
    if (!this.isPaused && this.receiver?.turnScheduled !== true) this.socket.resume();
  }

  /** @internal */
  received(chunk: Buffer, length: number): void {
    this.heartbeat.lastReceived = now();
    // Node's stream reads on when it was resumed and paused in the same tick; what came is held below.
    if (this.isPaused) {
      this.flow = Flow.Paused;
      this.socket.pause();
    }
    if (this.closing?.isDeaf === true) return this.act(this.closing.discard(length));
    const receiver = (this.receiver ??= this.takeReceiver());
    this.handOut(receiver, chunk, length);
    this.settle(receiver, length === chunk.length);
  }

  /** @internal */
  socketEnded(): void {
    // A FIN without a Close frame: nothing more will come, but what was sent may still be read. It counts
    // when what came before is handed out, which the time of the closing handshake bounds.
    if (this.receiver?.pending === true) {
      this.receiver.peerGone();
      // Without pings nobody asked for an end in time: a paused connection takes what came whenever it wants.
      if (!this.isPaused || this.limits.pingInterval > 0) this.heartbeat.closing();
    } else this.act(this.beginClosing().peerEnded());
  }

  /** @internal */
  socketFailed(error: Error): void {
    const todo = this.beginClosing().socketFailed();
    if ((todo & ClosingAction.TellError) !== 0) this.listener.onError(error);
    this.act(todo);
  }

  /** @internal */
  socketClosed(): void {
    if (this.readyState === ReadyState.Closed) return;
    const left = readBuffered(this.socket);
    if (left !== null) this.received(left, left.length);
    if (this.receiver?.pending === true) {
      // Handed out turn by turn before the end is told, a paused connection's when it is resumed; the
      // time of the closing handshake bounds both.
      this.receiver.peerGone();
      this.act(this.beginClosing().peerEnded());
      return;
    }
    this.act(this.beginClosing().socketClosed());
    this.deflate?.end();
    this.heartbeat.stop();
    this.abandonSending();
    const { code, reason, wasClean } = this.closing!;
    if (diagnostics.close.hasSubscribers) {
      diagnostics.close.publish({ transport: this, code, reason, wasClean });
    }
    this.listener.onClose(code, reason, wasClean);
  }
}

function close(transport: SocketTransport): void {
  transport.socketClosed();
}

function begin(transport: SocketTransport): void {
  transport.begin();
}
