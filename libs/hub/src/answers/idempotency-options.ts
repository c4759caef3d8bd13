import { count, delay } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { OptionTable } from '../options/option-table.js';

/** What is kept of calls with a `key`, so that one that is sent twice is handled once. */
export interface IdempotencyOptions {
  /** Milliseconds an answer is kept; default 120,000. */
  readonly keep?: number | undefined;
  /**
   * Calls kept and under way at a time, the oldest answer being forgotten first; default 10,000. One user, or one
   * address where nobody is signed in, may have a sixteenth of that and of `maxBytes`.
   */
  readonly maxAnswers?: number | undefined;
  /** Bytes of all answers together; default 16 MiB. */
  readonly maxBytes?: number | undefined;
  /** Bytes of one answer; of a longer one only is kept that it was given. Default 64 KiB. */
  readonly maxAnswerBytes?: number | undefined;
}

export const IDEMPOTENCY_OPTIONS = new OptionTable({
  keep: delay(120_000),
  maxAnswers: count(10_000),
  maxBytes: count(16 * 1024 * 1024),
  maxAnswerBytes: count(64 * 1024),
} satisfies OptionsFor<IdempotencyOptions>);
