import { releaseSpares } from '../bytes/held-bytes.js';
import { WheelTimer } from './timer-wheel.js';

/** Milliseconds in which nobody needed it, until the system has it back. */
const IDLE = 500;

/** Gives back the memory of bytes that a turn leaves over, once all of them send less. */
class SpareMemory extends WheelTimer {
  needed(): void {
    if (!this.running) this.start(IDLE);
  }

  protected override expired(): void {
    if (!releaseSpares()) this.start(IDLE);
  }
}

export const spareMemory = new SpareMemory();
