import type { SimulatedClock } from './simulated-clock.js';
import { Wire } from './wire.js';

/** The way between a node and the server, and what is wrong with it. */
export class Path {
  /** Nothing arrives at the node. */
  deaf = false;
  /** What is published does not arrive, answers do. */
  messagesStuck = false;
  /** Nothing arrives at the server. */
  unheard = false;
  /** Answers and what is published come in one order. */
  readonly oneWire: boolean;
  /** How many of what is published get lost, or come twice, in a session that goes on. */
  loss = 0;
  doubling = 0;
  /** Channels that were live once, and are held since. */
  readonly subscribed = new Set<string>();
  readonly #clock: SimulatedClock;
  readonly #wires = new Set<Wire>();

  constructor(clock: SimulatedClock, oneWire: boolean) {
    this.#clock = clock;
    this.oneWire = oneWire;
  }

  /** @param blocked whether nothing arrives at present */
  wire(blocked: () => boolean): Wire {
    const wire = new Wire(this.#clock, blocked, () => this.#wires.delete(wire));
    this.#wires.add(wire);
    return wire;
  }

  heal(): void {
    this.deaf = false;
    this.messagesStuck = false;
    this.unheard = false;
    this.loss = 0;
    this.doubling = 0;
    this.flow();
  }

  /** Goes on where nothing keeps it any more. */
  flow(): void {
    for (const wire of this.#wires) wire.flow();
  }
}
