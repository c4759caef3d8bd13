import type { TLSSocket } from 'node:tls';
import { numberNextTurn, turnIsOver, turnNumber } from '../runtime/turn-schedule.js';
import { SendingHalf } from './sending-half.js';

/** Bytes of one read that are many: what may take a share of a turn that others notice. */
const MUCH = 32 * 1024;

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

  /** `length` bytes were read. */
  protected countRead(length: number): void {
    if (this.turn !== turnNumber) this.refillFrames();
    // Too late in this turn for much: the rest of it belongs to those who send little. One frame, for to
    // take a piece of a large one is cheaper than to keep it.
    if (length >= MUCH && turnIsOver()) this.framesLeft = 1;
  }

  /** A read that fills no buffer is the last one of a turn, but TLS hands over what it decrypts bit by bit. */
  protected lastRead(): void {
    if (this.node && (this.socket as Partial<TLSSocket>).encrypted !== true) this.refillFrames();
    else if (this.framesLeft <= 0) numberNextTurn();
  }
}
