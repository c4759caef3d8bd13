import type { Timer } from '../../../../libs/hub/src/support/clock.js';
import type { SimulatedClock } from './simulated-clock.js';

interface Sent {
  readonly at: number;
  readonly arrive: () => void;
}

/** One direction of a connection: what is sent arrives in order and later, or when it flows again. */
export class Wire {
  readonly #clock: SimulatedClock;
  readonly #blocked: () => boolean;
  readonly #ended: () => void;
  readonly #queue: Sent[] = [];
  #last = 0;
  #timer: Timer;
  #cut = false;

  /**
   * @param blocked whether nothing arrives at present
   * @param ended called when it is cut
   */
  constructor(clock: SimulatedClock, blocked: () => boolean, ended: () => void) {
    this.#clock = clock;
    this.#blocked = blocked;
    this.#ended = ended;
  }

  send(arrive: () => void): void {
    if (this.#cut) return;
    const delay = this.#clock.chance(0.05) ? 40 : 3;
    const at = Math.max(this.#last, this.#clock.now() + this.#clock.random() * delay);
    this.#last = at;
    this.#queue.push({ at, arrive });
    if (this.#queue.length === 1) this.#arm(at);
  }

  /** Goes on if it may. */
  flow(): void {
    const next = this.#queue[0];
    if (next !== undefined) this.#arm(next.at);
  }

  /** Nothing that is under way arrives. */
  cut(): void {
    this.#cut = true;
    this.#queue.length = 0;
    this.#clock.clear(this.#timer);
    this.#ended();
  }

  #arm(at: number): void {
    this.#clock.clear(this.#timer);
    if (!this.#blocked()) {
      this.#timer = this.#clock.after(at - this.#clock.now(), () => this.#arrive());
    }
  }

  #arrive(): void {
    if (this.#blocked()) return;
    const sent = this.#queue.shift();
    this.flow();
    sent?.arrive();
  }
}
