import type { Duplex } from 'node:stream';
import type { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { diagnostics, publishMessage } from '../runtime/diagnostics.js';
import { encodeLong, encodeWide } from '../bytes/buffer-text.js';
import { CloseCauses } from '../protocol/close-causes.js';
import { MAX_CONTROL_PAYLOAD } from '../protocol/control-payload.js';
import { LimitError } from '../protocol/errors.js';
import { encodeFrame } from '../protocol/frame-encoder.js';
import { FIN, RSV1 } from '../protocol/frame-header.js';
import type { TransportLimits } from '../protocol/limits.js';
import { Opcode } from '../protocol/opcode.js';
import { giveSpare } from '../bytes/spare-buffer.js';
import { sendBudget } from '../runtime/memory-budget.js';
import type { PreparedMessage } from './prepared-message.js';
import { repeatedText } from './repeated-text.js';
import type { DropRule, SendPolicy } from './send-policy.js';
import type { QueueOwner } from './queue-owner.js';
import { SendQueue } from './send-queue.js';
import { SendResult } from './send-result.js';

/** Whoever has to act on what sending leads to. */
export interface SenderOwner extends QueueOwner {
  /** A limit of the queue was hit: the connection is to be failed. */
  sendLimitHit(error: LimitError): void;
  /** A policy has dropped messages. */
  messagesDropped(messages: number, policy: SendPolicy): void;
}

/** Characters from which on a text has no room in the output arena anyway. */
const LONG_TEXT = 64 * 1024;
/** Characters from which on slow peers share a text: a shorter one has its place on a slab of each. */
const SHARED_TEXT = 16 * 1024;

const NOBODY: SenderOwner = {
  queueEmptied() {},
  queueBlocked() {},
  sendLimitHit() {},
  messagesDropped() {},
};

/** Draws a masking key, fresh for each frame (RFC 6455 5.3). */
export type MaskSource = () => number;

/** Turns messages into frames of one connection: compresses, masks, queues, and holds the limits. */
export class MessageSender {
  readonly queue: SendQueue;
  /** Whether the queue has been above its soft mark since it was last empty. */
  aboveSoftMark = false;

  // The newest ping that could not be answered yet, because the peer does not read.
  private owedPong: Buffer | null = null;
  private owedLength = 0;
  private owedPongs = 0;

  /**
   * @param maskSource where a client's masking keys come from; null for a server, which masks nothing
   * @param node whether the socket is known to be Node's own, see `isNodeSocket`
   */
  constructor(
    socket: Duplex,
    private limits: TransportLimits,
    private deflate: PerMessageDeflate | null,
    private owner: SenderOwner,
    private maskSource: MaskSource | null,
    node: boolean,
  ) {
    this.queue = new SendQueue(socket, owner, node);
  }

  /** Whether nothing is left of what it did: it may `serve` another connection now. */
  get isIdle(): boolean {
    return this.queue.isIdle && !this.aboveSoftMark && this.owedPong === null;
  }

  /** From here on it sends on this connection; only while idle. See the constructor. */
  serve(
    socket: Duplex,
    limits: TransportLimits,
    deflate: PerMessageDeflate | null,
    owner: SenderOwner,
    maskSource: MaskSource | null,
    node: boolean,
  ): void {
    this.queue.serve(socket, owner, node);
    this.limits = limits;
    this.deflate = deflate;
    this.owner = owner;
    this.maskSource = maskSource;
  }

  /** Lets go of the connection it served; only while idle. */
  release(): void {
    this.queue.release();
    this.deflate = null;
    this.owner = NOBODY;
    this.maskSource = null;
  }

  /** @param rule what may be done to the message while the peer does not keep up */
  text(text: string, compress: boolean, rule?: DropRule): SendResult {
    if (rule !== undefined && this.mayDrop(rule)) {
      return this.offer(Opcode.Text, text, rule);
    }
    if (text.length >= SHARED_TEXT && this.queue.blocked && this.sharesText(compress)) {
      return this.waitingText(text);
    }
    if (text.length > LONG_TEXT) return this.longText(text, compress);
    const wide = encodeWide(text);
    if (wide !== null) return this.message(Opcode.Text, wide, compress);
    const length = Buffer.byteLength(text);
    publishMessage(diagnostics.sent, this.owner, length, false, text);
    const { deflate } = this;
    if (deflate !== null && compress && deflate.wants(length)) {
      return this.frame(FIN | RSV1 | Opcode.Text, deflate.compress(Buffer.from(text)));
    }
    this.queue.addText(FIN | Opcode.Text, text, length, this.maskingKey());
    return this.queue.blocked ? this.judge() : SendResult.Sent;
  }

  /** Whether the frame of a text is the same on every connection. */
  private sharesText(compress: boolean): boolean {
    return this.maskSource === null && (this.deflate === null || !compress);
  }

  private waitingText(text: string): SendResult {
    const { frame, byteLength } = repeatedText(text);
    publishMessage(diagnostics.sent, this.owner, byteLength, false, text);
    this.queue.addShared(frame);
    return this.judge();
  }

  private longText(text: string, compress: boolean): SendResult {
    const payload = encodeLong(text);
    const result = this.message(Opcode.Text, payload, compress);
    // Nobody else has its encoding, and nothing of it waits any more.
    if (result === SendResult.Sent && this.queue.hasLeft) giveSpare(payload);
    return result;
  }

  /** @param opcode Text or Binary; text must be valid UTF-8 */
  message(opcode: number, payload: Uint8Array, compress: boolean, rule?: DropRule): SendResult {
    if (rule !== undefined && this.mayDrop(rule)) return this.offer(opcode, payload, rule);
    const isBinary = opcode === Opcode.Binary;
    publishMessage(diagnostics.sent, this.owner, payload.length, isBinary, payload);
    const { deflate } = this;
    return deflate !== null && compress && deflate.wants(payload.length)
      ? this.frame(FIN | RSV1 | opcode, deflate.compress(payload))
      : this.frame(FIN | opcode, payload);
  }

  prepared(message: PreparedMessage, rule?: DropRule): SendResult {
    if (rule !== undefined && this.mayDrop(rule)) return this.offerPrepared(message, rule);
    const { deflate } = this;
    const compress = deflate !== null && message.compress && deflate.wants(message.byteLength);
    if (this.maskSource !== null || (compress && deflate.sharedKey(message.byteLength) === null)) {
      // A mask, or a state of its own: these bytes are for this connection alone.
      return this.message(message.opcode, message.payload, compress);
    }
    const { byteLength, payload } = message;
    const isBinary = message.opcode === Opcode.Binary;
    publishMessage(diagnostics.sent, this.owner, byteLength, isBinary, payload);
    this.queue.addShared(compress ? message.compressedFrame(deflate) : message.frame);
    return this.queue.blocked ? this.judge() : SendResult.Sent;
  }

  /** @param first FIN, RSV bits and opcode */
  frame(first: number, payload: Uint8Array): SendResult {
    this.queue.add(first, payload, this.maskingKey());
    return this.queue.blocked ? this.judge() : SendResult.Sent;
  }

  /** Adds a control frame, on which no limit is held: it is what ends the connection. */
  close(payload: Uint8Array): void {
    this.queue.add(FIN | Opcode.Close, payload, this.maskingKey());
  }

  /** @param payload only needed during the call. RFC 6455 5.5.3: of several pings that could not be answered only the last needs a pong. */
  answerPing(payload: Uint8Array): void {
    if (this.queue.blocked) this.owePong(payload);
    else this.queue.add(FIN | Opcode.Pong, payload, this.maskingKey());
  }

  /** Sends the pong that had to wait, once the peer reads again. */
  payOwedPong(): void {
    const { owedPong, owedLength } = this;
    if (owedPong === null) return;
    this.owedPong = null;
    this.owedPongs = 0;
    this.frame(FIN | Opcode.Pong, owedPong.subarray(0, owedLength));
  }

  /** All queues of the process together hold too much: this one gives way. */
  giveWay(): void {
    const bytes = this.queue.bufferedBytes;
    this.queue.dropWaiting();
    const { reason, code } = CloseCauses.SendBudget;
    this.owner.sendLimitHit(
      new LimitError(reason(bytes, sendBudget.limit), 'WS_ERR_SEND_BUDGET', code),
    );
  }

  /** Policies matter only while the peer does not keep up. */
  private mayDrop(rule: DropRule): boolean {
    return this.queue.blocked && rule.policy !== 'close';
  }

  private offerPrepared(message: PreparedMessage, rule: DropRule): SendResult {
    const { deflate } = this;
    const { opcode, payload } = message;
    if (this.maskSource !== null) return this.offer(opcode, payload, rule);
    const shared =
      deflate !== null && deflate.sharedKey(message.byteLength) !== null && message.compress;
    return shared && deflate.wants(message.byteLength)
      ? this.queueOrDrop(() => message.compressedFrame(deflate), opcode, payload, rule)
      : this.queueOrDrop(() => message.frame, opcode, payload, rule);
  }

  /**
   * Sends a message that may be dropped. It goes uncompressed: a frame that is part of a compression
   * context (RFC 7692 7.2.3.2) could not be taken out again without spoiling all behind it.
   */
  private offer(opcode: number, message: string | Uint8Array, rule: DropRule): SendResult {
    const frame = (): Buffer => {
      const payload = typeof message === 'string' ? Buffer.from(message) : message;
      return encodeFrame(opcode, payload, this.maskingKey());
    };
    return this.queueOrDrop(frame, opcode, message, rule);
  }

  private queueOrDrop(
    frame: () => Buffer,
    opcode: number,
    message: string | Uint8Array,
    rule: DropRule,
  ): SendResult {
    const { queue, limits, owner } = this;
    if (rule.policy === 'volatile') {
      owner.messagesDropped(1, rule.policy);
      return SendResult.Dropped;
    }
    const before = queue.dropped;
    const queued = queue.offer(frame(), rule, limits.sendHardLimit, limits.maxQueuedMessages);
    const dropped = queue.dropped - before;
    if (dropped > 0) owner.messagesDropped(dropped, rule.policy);
    if (!queued) return SendResult.Dropped;
    if (diagnostics.sent.hasSubscribers) {
      const { length } = typeof message === 'string' ? Buffer.from(message) : message;
      publishMessage(diagnostics.sent, owner, length, opcode === Opcode.Binary, message);
    }
    if (queue.bufferedBytes >= limits.sendSoftMark) this.aboveSoftMark = true;
    queue.report();
    return queue.overBudget ? SendResult.Closed : SendResult.Queued;
  }

  private owePong(payload: Uint8Array): void {
    const { maxPendingAutoPongs } = this.limits;
    // In one place, however many come: who floods us with pings is to cost no memory.
    (this.owedPong ??= Buffer.allocUnsafeSlow(MAX_CONTROL_PAYLOAD)).set(payload);
    this.owedLength = payload.length;
    this.owedPongs++;
    if (maxPendingAutoPongs === 0 || this.owedPongs <= maxPendingAutoPongs) return;
    const { reason, code } = CloseCauses.TooManyPongs;
    const why = reason(this.owedPongs, maxPendingAutoPongs);
    this.owner.sendLimitHit(new LimitError(why, 'WS_ERR_TOO_MANY_PENDING_PONGS', code));
  }

  /** What became of a frame that could not leave at once. */
  private judge(): SendResult {
    const { queue } = this;
    const { sendHardLimit, maxQueuedMessages, sendSoftMark } = this.limits;
    const bytes = queue.bufferedBytes;
    const frames = queue.waitingFrames;
    // A single message above the limit is let through: nothing else waits for the peer yet.
    const overBytes = sendHardLimit > 0 && bytes > sendHardLimit && frames > 1;
    if (overBytes || (maxQueuedMessages > 0 && frames > maxQueuedMessages)) {
      queue.dropWaiting();
      const { reason, code } = CloseCauses.QueueFull;
      const why = reason(bytes, frames, sendHardLimit, maxQueuedMessages);
      this.owner.sendLimitHit(new LimitError(why, 'WS_ERR_SEND_QUEUE_FULL', code));
      return SendResult.Closed;
    }
    if (bytes >= sendSoftMark) this.aboveSoftMark = true;
    queue.report();
    return queue.overBudget ? SendResult.Closed : SendResult.Queued;
  }

  private maskingKey(): number | undefined {
    return this.maskSource === null ? undefined : this.maskSource();
  }
}
