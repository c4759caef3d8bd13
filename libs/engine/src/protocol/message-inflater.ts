import { isAscii } from 'node:buffer';
import type { Decompressor } from './decompressor.js';
import type { LimitError, ProtocolError } from './errors.js';
import { corruptMessage, invalidUtf8, messageTooBig } from './frame-rules.js';
import type { MessageAssembler } from './message-assembler.js';

/**
 * Inflated bytes handed on before other connections get their turn: about a millisecond of work, so
 * that a small message that inflates to the largest one allowed stops nobody.
 */
const INFLATE_SLICE = 256 * 1024;
/** As much as one step of inflating brings at most: from there on there is more to come, as a rule. */
const LONG_OUTPUT = 64 * 1024;
/** So that a slice is all of 256 frames, the default of a turn: 1 KiB counts as one. */
const FRAME_SHIFT = 10;

/**
 * Inflates the compressed messages of one connection, a large one spread over several turns of the
 * event loop. What is wrong with a message is returned, null when nothing is.
 */
export class MessageInflater {
  /** Bytes of the current message as they came, before inflating. */
  wireLength = 0;
  /** Whether as much is inflated as one turn may: the connection waits for another one. */
  spent = false;
  // What was fed last and is not inflated to its end.
  private pending: 'piece' | 'message' | null = null;
  // Bytes that may still be inflated in this turn.
  private slice = INFLATE_SLICE;
  // The second output of a message that has more than one.
  private second: Buffer | null = null;

  /** @param decompressor null while compression was not agreed on; changed only while not `isBusy` */
  constructor(public decompressor: Decompressor | null) {}

  /** Whether there is work for another turn, be it only that what follows had to wait. */
  get isBusy(): boolean {
    return this.pending !== null || this.spent;
  }

  /** Whether a message, or a piece of one, is not inflated to its end yet. */
  get isPending(): boolean {
    return this.pending !== null;
  }

  /** Whether what is pending ends its message. */
  get endsMessage(): boolean {
    return this.pending === 'message';
  }

  /** Other connections had their turn: there is a whole slice again. */
  startTurn(): void {
    this.slice = INFLATE_SLICE;
  }

  /** What was inflated in this turn, in frames of a turn's budget. */
  get framesInflated(): number {
    return (INFLATE_SLICE - this.slice) >> FRAME_SHIFT;
  }

  /** Takes the next piece of a message for `inflate`. `last` ends the message. */
  feed(piece: Buffer, last: boolean): void {
    this.wireLength += piece.length;
    // A copy, for inflating it may be spread over several turns.
    this.decompressor!.feed(Buffer.from(piece), last);
    this.pending = last ? 'message' : 'piece';
  }

  /**
   * Inflates a message that came in one piece: mostly a small one, done in one step.
   * @returns its bytes; only the first of them if it `isPending`, lent until `inflate` adds the others
   */
  inflateWhole(payload: Buffer, maxPayload: number): Buffer | ProtocolError | LimitError {
    const decompressor = this.decompressor!;
    decompressor.feed(payload, true);
    const view = decompressor.next();
    if (view === null) return corruptMessage();
    if (maxPayload > 0 && view.length > maxPayload) return messageTooBig();
    if (view.length >= LONG_OUTPUT) {
      this.pending = 'message';
      return view;
    }
    const first = Buffer.from(view);
    const second = first.length === 0 ? view : decompressor.next();
    if (second === null) return corruptMessage();
    if (second.length > 0) {
      // The first output is counted as it is added to its message, the second when it is.
      this.second = second;
      this.pending = 'message';
      return first;
    }
    this.slice -= first.length;
    if (this.slice <= 0) this.spent = true;
    return first;
  }

  /** Inflates into `message` what is pending, or a slice of it. */
  inflate(message: MessageAssembler, maxPayload: number): ProtocolError | LimitError | null {
    const { second } = this;
    if (second !== null) {
      this.second = null;
      const error = this.append(message, second, maxPayload);
      if (error !== null) return error;
    }
    do {
      const output = this.decompressor!.next();
      if (output === null) return corruptMessage();
      if (output.length === 0) {
        this.pending = null;
        break;
      }
      const error = this.append(message, output, maxPayload);
      if (error !== null) return error;
    } while (this.slice > 0);
    if (this.slice <= 0) this.spent = true;
    return null;
  }

  /** Adds inflated bytes to `message`. */
  append(
    message: MessageAssembler,
    output: Buffer,
    maxPayload: number,
  ): ProtocolError | LimitError | null {
    // RFC 6455 10.4: the limit is on what is inflated, and holds while inflating.
    if (maxPayload > 0 && message.length + output.length > maxPayload) return messageTooBig();
    this.slice -= output.length;
    return message.append(output, isAscii(output)) ? null : invalidUtf8();
  }

  /** Lets go of everything; nothing is fed any more. */
  end(): void {
    this.pending = null;
    this.spent = false;
    this.second = null;
    this.decompressor?.end();
  }
}
