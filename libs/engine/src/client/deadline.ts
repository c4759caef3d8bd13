import { WheelTimer } from '../runtime/timer-wheel.js';

/** Bounds an opening handshake. */
export class Deadline extends WheelTimer {
  constructor(private readonly timedOut: () => void) {
    super();
  }

  protected override expired(): void {
    this.timedOut();
  }
}
