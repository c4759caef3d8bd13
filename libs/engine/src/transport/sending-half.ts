import type { Duplex } from 'node:stream';
import type { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import type { Closing } from '../protocol/closing.js';
import { UsageError, type LimitError } from '../protocol/errors.js';
import { MAX_CONTROL_PAYLOAD } from '../protocol/control-payload.js';
import { FIN } from '../protocol/frame-header.js';
import type { TransportLimits } from '../protocol/limits.js';
import { Opcode } from '../protocol/opcode.js';
import { diagnostics, publishMessage } from '../runtime/diagnostics.js';
import { flushThisTurn, type Flushable } from '../runtime/flush-schedule.js';
import type { MaskSource, MessageSender, SenderOwner } from '../sending/message-sender.js';
import type { PreparedMessage } from '../sending/prepared-message.js';
import type { DropRule, SendPolicy } from '../sending/send-policy.js';
import { isNodeSocket } from '../sending/node-socket.js';
import { writeWhole } from '../sending/outlet.js';
import { SendResult } from '../sending/send-result.js';
import { tellLost, type SendCallback } from '../sending/send-waiters.js';
import { borrowSender, returnSender } from './lent-parts.js';

const EMPTY = Buffer.alloc(0);
/** A larger message goes through a queue, in slices: what the socket holds can neither be shared nor dropped. */
const LARGE = 64 * 1024;

/**
 * The sending half of a connection: it has a sender only while there is something to send. A base, not a
 * part, for an object of its own would cost every silent connection, and every message a call.
 */
export abstract class SendingHalf implements SenderOwner, Flushable {
  /** @internal Made when the connection begins to end: while there is none, it is open. */
  closing: Closing | null = null;

  // Only while it has something to do: most connections are silent most of the time.
  protected sender: MessageSender | null = null;
  // A frame shared with other connections, while it is all that leaves at the end of this turn.
  protected shared: Buffer | null = null;
  // Looked at once, for it costs more than a small message.
  protected readonly node: boolean;

  /** @param maskSource where a client's masking keys come from; null for a server, which masks nothing */
  constructor(
    protected readonly socket: Duplex,
    /** @internal */
    readonly limits: TransportLimits,
    protected readonly deflate: PerMessageDeflate | null,
    private readonly maskSource: MaskSource | null,
  ) {
    this.node = isNodeSocket(socket);
  }

  abstract queueBlocked(): void;
  abstract queueEmptied(): void;
  abstract sendLimitHit(error: LimitError): void;
  abstract messagesDropped(messages: number, policy: SendPolicy): void;

  /** @internal What it runs on, for programs that look at the socket of a connection. */
  get stream(): Duplex {
    return this.socket;
  }

  /** @internal */
  get hasSaidAll(): boolean {
    return this.closing?.isDeaf === true && this.bufferedAmount === 0;
  }

  get bufferedAmount(): number {
    const shared = this.shared === null ? 0 : this.shared.length;
    return this.sender === null
      ? this.socket.writableLength + shared
      : this.sender.queue.bufferedBytes;
  }

  sendText(text: string, compress = true, rule?: DropRule): SendResult {
    if (this.closing !== null) return SendResult.Closed;
    return this.openSender().text(text, compress, rule);
  }

  sendBinary(data: Uint8Array, compress = true, rule?: DropRule): SendResult {
    if (this.closing !== null) return SendResult.Closed;
    return this.openSender().message(Opcode.Binary, data, compress, rule);
  }

  /** Sends one whole message. @param opcode Text or Binary; text must be valid UTF-8 */
  sendMessage(opcode: number, payload: Uint8Array, compress: boolean): SendResult {
    if (this.closing !== null) return SendResult.Closed;
    return this.openSender().message(opcode, payload, compress);
  }

  sendPrepared(message: PreparedMessage, rule?: DropRule): SendResult {
    if (this.closing !== null) return SendResult.Closed;
    const mayLeaveWhole = this.mayShare && message.byteLength <= LARGE;
    if (this.sender !== null || this.shared !== null || !mayLeaveWhole) {
      return this.openSender().prepared(message, rule);
    }
    const isBinary = message.opcode === Opcode.Binary;
    publishMessage(diagnostics.sent, this, message.byteLength, isBinary, message.payload);
    this.shared = message.frame;
    flushThisTurn(this);
    return SendResult.Sent;
  }

  /**
   * Sends one data frame as it stands; for messages in fragments.
   * @param first FIN, RSV bits and opcode
   */
  sendFrame(first: number, payload: Uint8Array): SendResult {
    if (this.closing !== null) return SendResult.Closed;
    return this.openSender().frame(first, payload);
  }

  ping(payload: Uint8Array = EMPTY): SendResult {
    return this.sendControl(Opcode.Ping, payload);
  }

  pong(payload: Uint8Array = EMPTY): SendResult {
    return this.sendControl(Opcode.Pong, payload);
  }

  /** Calls back once everything sent so far has left, or never will: as what hit a limit, or came late. */
  afterSent(callback: SendCallback): void {
    if (this.closing?.hasLost === true) tellLost(callback);
    else this.openSender().queue.afterSent(callback);
  }

  /** When the peer last took bytes, or -1 while nothing waits for it. */
  stalledSince(): number {
    const queue = this.sender?.queue;
    return queue?.blocked === true ? queue.progressAt : -1;
  }

  queueOverBudget(): void {
    this.sender?.giveWay();
  }

  queueFlushed(): void {
    this.restSender();
  }

  /** @internal */
  flushOnSchedule(): void {
    const frame = this.shared;
    if (frame === null) return;
    this.shared = null;
    if (writeWhole(this.socket, frame, this.node)) return;
    this.openSender().queue.handedOver(frame.length);
    this.restSender();
  }

  /** @internal */
  openSender(): MessageSender {
    const sender = (this.sender ??= this.takeSender());
    if (this.shared !== null) {
      sender.queue.addShared(this.shared);
      this.shared = null;
    }
    return sender;
  }

  /** Only called where nothing of the sender is running. */
  protected restSender(): void {
    if (this.sender !== null && returnSender(this.sender)) this.sender = null;
  }

  /** What was sent leaves as far as the operating system takes it at once. */
  protected flush(): void {
    this.flushOnSchedule();
    this.sender?.queue.flush();
  }

  /** The same. @returns whether nothing waits here any more */
  protected flushAll(): boolean {
    if (this.sender === null && this.shared === null) return true;
    const { queue } = this.openSender();
    queue.flush();
    return queue.waitingFrames === 0;
  }

  /** The socket is gone: nothing more leaves, and whoever waits is told so. */
  protected abandonSending(): void {
    this.sender?.queue.abandon();
    this.shared = null;
  }

  private takeSender(): MessageSender {
    const { socket, limits, deflate, maskSource, node } = this;
    return borrowSender(socket, limits, deflate, this, maskSource, node);
  }

  /** Whether a prepared frame may leave as it is: neither masked nor compressed. */
  private get mayShare(): boolean {
    return this.maskSource === null && this.deflate === null;
  }

  private sendControl(opcode: number, payload: Uint8Array): SendResult {
    if (payload.length > MAX_CONTROL_PAYLOAD) {
      throw new UsageError(
        `Cannot send a control frame of ${payload.length} bytes: allowed are ${MAX_CONTROL_PAYLOAD}`,
      );
    }
    return this.sendFrame(FIN | opcode, payload);
  }
}
