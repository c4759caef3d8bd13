import { AsyncLocalStorage } from 'node:async_hooks';
import { decodeText } from '../bytes/buffer-text.js';
import { copyBytes } from '../bytes/copy-bytes.js';
import type { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { CloseCauses } from '../protocol/close-causes.js';
import type { Closing } from '../protocol/closing.js';
import { LimitError, WebSocketError, type ProtocolError } from '../protocol/errors.js';
import type { TransportLimits } from '../protocol/limits.js';
import { isControl } from '../protocol/opcode.js';
import { Protocol, type ProtocolSink, type Role } from '../protocol/protocol.js';
import { diagnostics, publishMessage } from '../runtime/diagnostics.js';
import { receiveBudget, type BudgetMember } from '../runtime/memory-budget.js';
import { spareMemory } from '../runtime/spare-memory.js';
import { nextBusyTurn, nextTurn, type TurnTaker } from '../runtime/turn-schedule.js';
import type { MessageSender } from '../sending/message-sender.js';
import type { TransportListener } from './transport.js';

/**
 * Turns in which it still inflates what a peer has sent that is gone: 64 MiB, several times what was under
 * way when an honest one left. One that sends bombs and leaves must not keep us busy for longer.
 */
const LAST_TURNS = 256;
/** However many others are gone as well, it inflates 1 MiB. */
const MOST_SHARES = 64;

// Receivers whose peer is gone. They share these turns: twenty that sent bombs are little more work than one.
let leaving = 0;

/** Turns it goes on with one message before others get theirs: a message of 1 MiB, the default's longest. */
const TURNS_AT_A_TIME = 4;

/** The connection a receiver works for. */
export interface ReceiverOwner {
  readonly listener: TransportListener;
  /** Null while the connection is open. */
  readonly closing: Closing | null;
  /** Whether the application wants no messages for now. */
  readonly isPaused: boolean;
  /** How many frames it may still hand out in this turn of the event loop. */
  framesLeft: number;
  /** A turn has come. */
  refillFrames(): void;
  /** For the pongs, and so that all answers to a chunk leave with one write. */
  openSender(): MessageSender;
  pongReceived(): void;
  closeReceived(code: number, reason: string): void;
  receivingFailed(code: number, error: Error): void;
  terminate(): void;
  /** The turn asked for has come; what is pending was handed out, unless the connection is paused. */
  turnTaken(receiver: MessageReceiver): void;
}

/**
 * The receiving half of a connection: bytes in, messages out to the listener, some of them in another
 * turn of the event loop. Only there while something is being received; see `borrowReceiver`.
 */
export class MessageReceiver implements ProtocolSink, TurnTaker, BudgetMember {
  /** Whether it goes on in another turn. */
  turnScheduled = false;

  private readonly parser: Protocol;
  // Null while it serves nobody: it must not keep a closed connection alive.
  private owner: ReceiverOwner | null;
  private hasBegun = false;
  // What it has reported to the budget of incomplete messages.
  private heldBytes = 0;
  // The asynchronous context of the socket: what is handed out in another turn belongs to it, too.
  private context: ((call: (receiver: MessageReceiver) => void, receiver: this) => void) | null =
    null;
  // Once the peer is gone: how many turns of inflating are left.
  private lastTurns = Infinity;
  // It has had so many for the message that it inflates.
  private turnsTaken = 0;

  constructor(
    owner: ReceiverOwner,
    role: Role,
    private limits: TransportLimits,
    private deflate: PerMessageDeflate | null,
  ) {
    this.owner = owner;
    this.parser = new Protocol(role, limits, this, deflate === null ? null : deflate.inflater);
  }

  /** Whether nothing is left of what it did: it may `serve` another connection now. */
  get isIdle(): boolean {
    return !this.turnScheduled && this.parser.isIdle;
  }

  /** From here on it receives what comes on another connection; only while idle. See the constructor. */
  serve(
    owner: ReceiverOwner,
    role: Role,
    limits: TransportLimits,
    deflate: PerMessageDeflate | null,
  ): void {
    this.owner = owner;
    this.limits = limits;
    this.deflate = deflate;
    this.parser.serve(role, limits, this, deflate === null ? null : deflate.inflater);
  }

  /** Lets go of the connection it served; only while idle. */
  release(): void {
    this.owner = null;
    this.deflate = null;
    this.hasBegun = false;
    this.context = null;
    this.hasLeft();
    this.parser.release();
  }

  /** Whether received bytes wait for `receive(null, 0)`. */
  get pending(): boolean {
    return this.parser.pending;
  }

  /** Whether it inflates, or has to let others do so first. */
  get busy(): boolean {
    return this.parser.busy;
  }

  /** How many of them. */
  get waitingBytes(): number {
    return this.parser.decoder.waitingBytes;
  }

  /**
   * Hands out what came, or as much of it as one turn allows; the rest is `pending` then.
   * @param chunk what came, or null to go on with what is left of what came before
   */
  receive(chunk: Buffer | null, length: number): void {
    const { parser } = this;
    const owner = this.owner!;
    if (!this.hasBegun) this.begin(owner);
    const { queue } = owner.openSender();
    queue.cork();
    try {
      if (owner.isPaused) parser.hold();
      if (chunk === null) parser.resume(owner.framesLeft);
      else parser.receive(chunk, length, owner.framesLeft);
    } catch (error) {
      // The listener's error: the rest of the chunk is lost, so the connection cannot go on.
      const { code, reason } = CloseCauses.ListenerFailed;
      const failure = new WebSocketError(reason, 'WS_ERR_LISTENER', { cause: error });
      try {
        owner.receivingFailed(code, failure);
      } catch (second) {
        // Nobody listens to the failure: the listener's own error says more. One of its own is told, too.
        const wrapped = (second as { context?: unknown } | null | undefined)?.context;
        if (second !== failure && wrapped !== failure) process.nextTick(rethrow, second);
      }
      throw error;
    } finally {
      queue.uncork();
    }
    owner.framesLeft = parser.decoder.budget;
    const held = parser.heldBytes;
    if (held !== this.heldBytes) this.holds(held);
    // The socket called: a turn's own context is that of what it goes on with.
    if (chunk !== null && parser.pending) this.context ??= AsyncLocalStorage.snapshot();
  }

  /** No message follows the one being handled until `receive(null, 0)`. */
  hold(): void {
    this.parser.hold();
  }

  /** Goes on in another turn, with what is pending, or by telling the owner to read on. */
  scheduleTurn(): void {
    if (this.turnScheduled) return;
    this.turnScheduled = true;
    spareMemory.needed();
    if (!this.parser.busy) {
      nextTurn(this);
      return;
    }
    const goesOn = this.parser.heldBytes > 0 && this.turnsTaken < TURNS_AT_A_TIME;
    this.turnsTaken = goesOn ? this.turnsTaken + 1 : 0;
    nextBusyTurn(this, goesOn);
  }

  /** The peer is gone: what is pending is all there is, and of inflating it there is an end. */
  peerGone(): void {
    if (this.lastTurns !== Infinity) return;
    this.lastTurns = LAST_TURNS;
    leaving++;
  }

  /** From here on no byte has a meaning. It serves no other connection after that. */
  end(): void {
    this.parser.end();
    this.hasLeft();
    if (this.heldBytes > 0) this.holds(0);
  }

  // What the peer said (ProtocolSink).

  textReceived(payload: Buffer, ascii: boolean): boolean {
    const owner = this.owner!;
    if (isMuted(owner)) return false;
    const { length } = payload;
    const { listener } = owner;
    if (listener.onString === undefined) {
      publishMessage(diagnostics.received, owner, length, false, payload);
      listener.onText?.(payload, ascii);
      return true;
    }
    const text = decodeText(payload, ascii);
    publishMessage(diagnostics.received, owner, length, false, text);
    listener.onString(text, length);
    return false;
  }

  textInChunk(chunk: Buffer, start: number, end: number, ascii: boolean): void {
    const owner = this.owner!;
    const { listener } = owner;
    if (listener.onString === undefined) {
      this.textReceived(copyBytes(chunk, start, end), ascii);
      return;
    }
    if (isMuted(owner)) return;
    const text = decodeText(chunk, ascii, start, end);
    publishMessage(diagnostics.received, owner, end - start, false, text);
    listener.onString(text, end - start);
  }

  binaryReceived(payload: Buffer): void {
    const owner = this.owner!;
    if (isMuted(owner)) return;
    publishMessage(diagnostics.received, owner, payload.length, true, payload);
    owner.listener.onBinary(payload);
  }

  pingReceived(payload: Buffer): void {
    const owner = this.owner!;
    // RFC 6455 5.5.2: answered as soon as possible, unless a Close frame was sent.
    if (this.limits.autoPong && owner.closing === null) owner.openSender().answerPing(payload);
    const { listener } = owner;
    if (listener.hearsPings !== false) listener.onPing(Buffer.from(payload));
  }

  pongReceived(payload: Buffer): void {
    const owner = this.owner!;
    owner.pongReceived();
    const { listener } = owner;
    if (listener.hearsPongs !== false) listener.onPong(Buffer.from(payload));
  }

  frameReceived(fin: boolean, rsv: number, opcode: number, payload: Buffer): void {
    const owner = this.owner!;
    if (isMuted(owner) && !isControl(opcode)) return;
    owner.listener.onFrame?.(fin, rsv, opcode, payload);
  }

  closeReceived(code: number, reason: string): void {
    this.owner!.closeReceived(code, reason);
  }

  violated(error: ProtocolError | LimitError): void {
    this.owner!.receivingFailed(error.closeCode, error);
  }

  // What the schedule and the budget of the process ask for.

  /** @internal */
  get turnsAtOnce(): number {
    return this.deflate === null ? 1 : this.deflate.concurrencyLimit;
  }

  /** @internal */
  takeTurn(): void {
    if (this.context === null) goOn(this);
    else this.context(goOn, this);
  }

  /** @internal */
  goOn(): void {
    this.turnScheduled = false;
    const owner = this.owner!;
    owner.refillFrames();
    if (this.parser.busy && (this.lastTurns -= Math.min(leaving, MOST_SHARES)) < 0)
      owner.terminate();
    const isDeaf = owner.closing !== null && owner.closing.isDeaf;
    try {
      if (!owner.isPaused && !isDeaf && !this.parser.isIdle) this.receive(null, 0);
    } finally {
      // Also when the listener threw: the end of the connection may wait for it.
      owner.turnTaken(this);
    }
  }

  /** @internal */
  budgetExceeded(): void {
    const bytes = this.heldBytes;
    this.heldBytes = 0;
    const { code, reason } = CloseCauses.ReceiveBudget;
    const why = reason(bytes, receiveBudget.limit);
    this.owner!.receivingFailed(code, new LimitError(why, 'WS_ERR_RECEIVE_BUDGET', code));
  }

  /** Not before the first byte, for until then the listener may be replaced. */
  private begin({ listener }: ReceiverOwner): void {
    this.hasBegun = true;
    if (listener.onFrame !== undefined) this.parser.handOutFrames();
  }

  private hasLeft(): void {
    if (this.lastTurns === Infinity) return;
    this.lastTurns = Infinity;
    leaving--;
  }

  private holds(bytes: number): void {
    this.heldBytes = bytes;
    receiveBudget.set(this, bytes);
    // The budget leaves a lone holder to its own limit, which there may be none of.
    const { limit } = receiveBudget;
    if (this.limits.maxPayload === 0 && limit > 0 && this.heldBytes > limit) {
      receiveBudget.set(this, 0);
      this.budgetExceeded();
    }
  }
}

function goOn(receiver: MessageReceiver): void {
  receiver.goOn();
}

function rethrow(error: unknown): void {
  throw error;
}

function isMuted({ closing }: ReceiverOwner): boolean {
  return closing !== null && closing.isMuted;
}
