import { MessageRates, type Excess, type RatePlan } from './message-rates.js';

/** Senders remembered at a time; beyond that the oldest are forgotten, and start afresh. */
const MAX_SENDERS = 100_000;
/** After so many new senders those that have been quiet are forgotten. */
const SWEEP_EVERY = 1_024;

/**
 * Rates by user or address. They outlive the connections, so that coming back does not help, and
 * are forgotten once they are full again: there is no timer and no leak.
 */
export class RateTable {
  readonly #plan: RatePlan;
  readonly #limit: number;
  readonly #senders = new Map<string, MessageRates>();
  #added = 0;

  constructor(plan: RatePlan, limit = MAX_SENDERS) {
    this.#plan = plan;
    this.#limit = limit;
  }

  get size(): number {
    return this.#senders.size;
  }

  take(key: string, bytes: number, time: number): Excess | undefined {
    return (this.#senders.get(key) ?? this.#add(key, time)).take(bytes, time);
  }

  /** Forgets the senders that could send at full rate anyway. */
  sweep(time: number): void {
    for (const [key, rates] of this.#senders) {
      if (rates.isFull(time)) this.#senders.delete(key);
    }
  }

  #add(key: string, time: number): MessageRates {
    if (++this.#added % SWEEP_EVERY === 0 || this.#senders.size >= this.#limit) this.sweep(time);
    const [oldest] = this.#senders.keys();
    if (oldest !== undefined && this.#senders.size >= this.#limit) this.#senders.delete(oldest);
    const rates = new MessageRates(this.#plan, time);
    this.#senders.set(key, rates);
    return rates;
  }
}
