import { MessageRates, type Excess, type RatePlan } from './message-rates.js';

/** Senders remembered at a time; beyond that one with much left is forgotten, and starts afresh. */
const MAX_SENDERS = 100_000;
/** After so many new senders those that have been quiet are forgotten. */
const SWEEP_EVERY = 1_024;
/** Senders that are looked at for one to forget: all of them would be 100,000 for each newcomer. */
const LOOKED_AT = 16;

/**
 * Rates by user or address. They outlive the connections, so that coming back does not help, and
 * are forgotten once they are full again: there is no timer and no leak.
 */
export class RateTable {
  readonly #plan: RatePlan;
  readonly #limit: number;
  readonly #senders = new Map<string, MessageRates>();
  #added = 0;
  /** Where those to forget are looked for next. */
  #hand = this.#senders.entries();

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
    if (++this.#added % SWEEP_EVERY === 0) this.sweep(time);
    if (this.#senders.size >= this.#limit) this.#forgetOne(time);
    const rates = new MessageRates(this.#plan, time);
    this.#senders.set(key, rates);
    return rates;
  }

  /** Of the next few the one that has most left: a limit that is used up must not be got rid of. */
  #forgetOne(time: number): void {
    let fullest: string | undefined;
    let most = -Infinity;
    for (let looked = 0; looked < LOOKED_AT && most < 1; looked++) {
      const sender = this.#nextSender();
      if (sender === undefined) break;
      const [key, rates] = sender;
      const level = rates.level(time);
      if (level <= most) continue;
      most = level;
      fullest = key;
    }
    if (fullest !== undefined) this.#senders.delete(fullest);
  }

  /** Goes round. From the start each time it would pass all those that were deleted there. */
  #nextSender(): [string, MessageRates] | undefined {
    const next = this.#hand.next();
    if (next.done !== true) return next.value;
    this.#hand = this.#senders.entries();
    const first = this.#hand.next();
    return first.done === true ? undefined : first.value;
  }
}
