import { amount } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { usagePlace } from '../options/option-place.js';
import { OptionTable } from '../options/option-table.js';
import { TokenBucket, type BucketRate } from './token-bucket.js';

/** What may come in a span of time. What is left out is not limited. */
export interface Rate {
  readonly messages?: number | undefined;
  /** Bytes of messages as they were sent, before decoding. */
  readonly bytes?: number | undefined;
  /** Milliseconds; default 1,000. */
  readonly per?: number | undefined;
  /** How many times as much may come at once after a silence; default 1. */
  readonly burst?: number | undefined;
}

/** Which part of a rate was exceeded, and after how many milliseconds it is no more. */
export interface Excess {
  readonly kind: 'messages' | 'bytes';
  readonly retryAfter: number;
}

/** A checked rate, shared by all the buckets made from it. */
export interface RatePlan {
  readonly messages: BucketRate | undefined;
  readonly bytes: BucketRate | undefined;
}

export const RATE_PARTS = new OptionTable({
  messages: amount(undefined),
  bytes: amount(undefined),
  per: amount(1_000),
  burst: amount(1),
} satisfies OptionsFor<Rate>);

/**
 * @param name of the option, for the message
 * @returns undefined when nothing is limited
 * @throws {UsageError} for a value that is not a positive number
 */
export function ratePlan(name: string, rate: Rate | undefined): RatePlan | undefined {
  if (rate === undefined) return undefined;
  const { messages, bytes, per, burst } = RATE_PARTS.resolve(rate, usagePlace('hub', name));
  const bucket = (units: number | undefined): BucketRate | undefined => {
    if (units === undefined) return undefined;
    return { capacity: Math.max(1, units * burst), perMillisecond: units / per };
  };
  const plan = { messages: bucket(messages), bytes: bucket(bytes) };
  return plan.messages === undefined && plan.bytes === undefined ? undefined : plan;
}

/** The buckets of one sender, for messages and for bytes. */
export class MessageRates {
  readonly #messages: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;

  constructor(plan: RatePlan, time: number) {
    this.#messages = plan.messages && new TokenBucket(plan.messages, time);
    this.#bytes = plan.bytes && new TokenBucket(plan.bytes, time);
  }

  /** @returns undefined when the message may pass; then it has been counted. */
  take(bytes: number, time: number): Excess | undefined {
    // Looked at before anything is taken: a message that is refused for its size costs no count.
    const wait = this.#bytes?.wait(bytes, time) ?? 0;
    if (wait > 0) return { kind: 'bytes', retryAfter: wait };
    if (this.#messages?.take(1, time) === false) {
      return { kind: 'messages', retryAfter: this.#messages.wait(1, time) };
    }
    this.#bytes?.take(bytes, time);
    return undefined;
  }

  /** How much of it is left, from 1 for all of it; 0 and less for nothing. */
  level(time: number): number {
    return Math.min(this.#messages?.level(time) ?? 1, this.#bytes?.level(time) ?? 1);
  }

  isFull(time: number): boolean {
    return this.#messages?.isFull(time) !== false && this.#bytes?.isFull(time) !== false;
  }
}
