import type { TLSSocket } from 'node:tls';
import { numberNextTurn, readingTime, TURN_TIME, turnNumber } from '../runtime/turn-schedule.js';
import type { MessageReceiver } from './message-receiver.js';
import { SendingHalf } from './sending-half.js';

/** Bytes of one read that are many: what may take a share of a turn that others notice. */
const MUCH = 32 * 1024;

/** A turn so long, in milliseconds, lets even what was read already wait. */
const LONG_TURN = 4 * TURN_TIME;

/**
 * What one connection may receive in a turn of the event loop, however many reads it comes with. A base, as
 * the half below it is, for an idle connection has these two numbers and nothing else.
 */
export abstract class TurnShare extends SendingHalf {
  /** @internal Frames that may still be handed out in the turn that had the number below. */
  framesLeft = this.limits.maxFramesPerTurn;
  private turn = turnNumber;

  /** @internal A turn has come. */
  refillFrames(): void {
    this.framesLeft = this.limits.maxFramesPerTurn;
    this.turn = turnNumber;
  }

  /** Hands out the `length` bytes of `chunk` that were read, as much of them as its share allows. */
  protected handOut(receiver: MessageReceiver, chunk: Buffer, length: number): void {
    if (this.turn !== turnNumber) this.refillFrames();
    const isMuch = length >= MUCH;
    // One frame, for to take a piece of a large one is cheaper than to keep it.
    if (isMuch && readingTime() > LONG_TURN) this.framesLeft = 1;
    receiver.receive(chunk, length);
    // It reads no more in a turn that has been long enough: the rest of it belongs to those who send little.
    // To keep what was read would be no way to that: where messages are cheap the copy costs as much.
    if (isMuch && readingTime() > TURN_TIME) this.framesLeft = 0;
  }

  /** A read that fills no buffer is the last one of a turn, but TLS hands over what it decrypts bit by bit. */
  protected lastRead(): void {
    if (this.node && (this.socket as Partial<TLSSocket>).encrypted !== true) this.refillFrames();
    else if (this.framesLeft <= 0) numberNextTurn();
  }
}
